//! `straykey checks list | explain`

use std::io::Write;

use anyhow::{Context, Result, anyhow, bail};

use straykey::govern::mapping;

use super::args::ChecksCommand;

/// Runs one of the subcommands.
pub(super) fn run(command: &ChecksCommand) -> Result<u8> {
    let mapping = mapping::read().map_err(|problem| anyhow!(problem))?;
    let mut out = std::io::stdout().lock();
    let failed = "the answer cannot be written";
    match command {
        ChecksCommand::List => {
            for check in &mapping.check {
                let severity = super::word(&check.severity);
                writeln!(out, "{}  {severity:8}  {}", check.id, check.title).context(failed)?;
            }
        }
        ChecksCommand::Explain { id } => {
            let wanted = id.to_ascii_uppercase();
            let Some(check) = mapping.get(&wanted) else {
                bail!("there is no check `{id}`; see `straykey checks list`")
            };
            let mut text = format!(
                "{}  {}\n  {}\n  To mend it: {}\n",
                check.id,
                check.title,
                mapping::trigger(&check.id),
                check.remedy
            );
            let mut line = |label: &str, values: Vec<String>| {
                if !values.is_empty() {
                    text.push_str(&format!("  {label:12} {}\n", values.join(", ")));
                }
            };
            line("severity", vec![super::word(&check.severity)]);
            line("OWASP", check.owasp.clone());
            line("CSF 2.0", check.csf.clone());
            line("PCI 4.0.1", check.pci.clone());
            line("CWE", check.cwe.iter().map(|id| format!("CWE-{id}")).collect());
            line("800-207", check.tenets.iter().map(|number| format!("tenet {number}")).collect());
            line("mapping", vec![mapping.version.clone()]);
            text.push_str("  What is not known neither passes nor fails: it is listed as not evidenced.\n");
            out.write_all(text.as_bytes()).context(failed)?;
        }
    }
    Ok(super::CLEAN)
}
