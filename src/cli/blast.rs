//! `straykey blast` and `straykey attribute`: what one finding leads to, and a person's word on whose it is.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

use straykey::attribute::blast::Graph;
use straykey::config::Settings;
use straykey::detect::redact::Reveal;
use straykey::inventory::{self, decisions};
use straykey::model::finding::Finding;
use straykey::model::meter::Meter;
use straykey::model::report::Report;
use straykey::pipeline;
use straykey::report::{escape, whole};

use super::args::{AttributeArgs, BlastArgs, FindingArgs};
use super::inventory::Opened;
use super::{CLEAN, progress, settings};

const FAILED: &str = "the answer cannot be written";

/// Scans the paths once more and gives the report with the finding that `args` name.
pub(super) fn scan(args: &FindingArgs) -> Result<(Report, Finding)> {
    let file = settings::joined(args.ownership.config.as_deref(), &args.paths)?;
    let flags = Settings {
        inventory: args.ownership.inventory.clone(),
        fingerprint_key_file: args.ownership.fingerprint_key_file.clone(),
        // A look at one finding is no run of its own.
        observations: None,
        ..Settings::default()
    };
    let mut options = flags.over(file).resolve(args.paths.clone(), Reveal::Short)?.pipeline;
    match &mut options.ownership {
        Some(ownership) => ownership.observations = None,
        None => {
            bail!("no inventory is named; add --inventory PATH or --config straykey.toml (`straykey init` makes both)")
        }
    }
    let meter = Meter::default();
    let report = progress::during(&meter, true, || pipeline::run(&options, &meter))?;
    let named: Vec<&Finding> = report.findings.iter().filter(|finding| is_meant(finding, &args.finding)).collect();
    let finding = match named[..] {
        [finding] => finding.clone(),
        [] => bail!(
            "no finding here has the fingerprint `{}`; take one from a report, and name the same paths",
            escape::terminal(&args.finding)
        ),
        _ => bail!("`{}` is the beginning of several fingerprints; write more of it", escape::terminal(&args.finding)),
    };
    Ok((report, finding))
}

/// A whole fingerprint, or the beginning of its hash.
fn is_meant(finding: &Finding, text: &str) -> bool {
    let hash = finding.fingerprint.rsplit(':').next().unwrap_or_default();
    finding.fingerprint == text
        || (text.len() >= 6 && !text.contains(':') && hash.starts_with(&text.to_ascii_uppercase()))
}

/// Prints how far the finding's credential opens doors, and how urgent it is.
pub(super) fn run(args: &BlastArgs) -> Result<u8> {
    let (report, finding) = scan(&args.finding)?;
    let opened = Opened::open(&args.finding.ownership)?;
    let owned = report.ownership.as_ref().and_then(|ownership| ownership.by_finding.get(&finding.fingerprint));
    let integration = owned.and_then(|owned| owned.attribution.integration.clone());
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}  {}", finding.pattern.name, finding.fingerprint).context(FAILED)?;
    match integration {
        None => writeln!(out, "Whose it is is not known, so neither is what it leads to.").context(FAILED)?,
        Some(id) => {
            let reach = Graph::new(&opened.inventory).reach(&id);
            for step in &reach.steps {
                let again = if step.again { " (see above)" } else { "" };
                let indent = "  ".repeat(step.depth.min(40) + 1);
                writeln!(out, "{indent}{} {}{again}", step.kind, escape::terminal(&step.id)).context(FAILED)?;
            }
            let classes: Vec<&str> = reach.data_classes.iter().map(String::as_str).collect();
            writeln!(
                out,
                "{} systems, {} further credentials, {} tenants, data: {}",
                reach.systems,
                reach.credentials.len(),
                reach.tenants,
                if classes.is_empty() { "none is written down".into() } else { escape::terminal(&classes.join(", ")) }
            )
            .context(FAILED)?;
        }
    }
    if let Some(owned) = owned {
        let parts: Vec<String> = owned.priority.parts.iter().map(|(name, points)| format!("{name} {points}")).collect();
        writeln!(out, "priority {}: {}", owned.priority.score, parts.join(", ")).context(FAILED)?;
    }
    Ok(CLEAN)
}

/// Prints whose a finding is, with all evidence.
pub(super) fn who(args: &FindingArgs) -> Result<u8> {
    let (report, finding) = scan(args)?;
    whole(&report, &finding, &mut std::io::stdout().lock()).context(FAILED)?;
    Ok(CLEAN)
}

/// Writes down a person's decision.
pub(super) fn attribute(args: &AttributeArgs) -> Result<u8> {
    let config = settings::joined(args.finding.ownership.config.as_deref(), &args.finding.paths)?;
    let named = args.decisions.clone().or(config.decisions);
    let path = named.unwrap_or_else(|| PathBuf::from("straykey.decisions.jsonl"));
    let opened = Opened::open(&args.finding.ownership)?;
    let Some(key) = &opened.key else {
        bail!(
            "a decision is sealed with the fingerprint key, and none is named; add --key FILE or fingerprint_key_file"
        );
    };
    if !opened.inventory.integrations.iter().any(|one| one.id == args.to) {
        bail!("there is no integration `{}`; see `straykey inventory list`", escape::terminal(&args.to));
    }
    if args.reason.trim().is_empty() {
        bail!("the reason is empty; say how you know");
    }
    let (_, finding) = scan(&args.finding)?;
    if !finding.lasting {
        bail!(
            "the fingerprint of this finding is of this run only; set fingerprint_key_file and take the one that is reported then"
        );
    }
    let leaks = inventory::refuse_secrets(&PathBuf::from("--reason"), &args.reason, &opened.detector);
    if !leaks.is_empty() {
        bail!("the reason holds a credential; leave it out");
    }
    let by = args.by.clone().or_else(|| std::env::var("USER").ok()).unwrap_or_else(|| "unknown".into());
    let decision = decisions::Decision {
        fingerprint: finding.fingerprint.clone(),
        integration: args.to.clone(),
        reason: args.reason.trim().to_owned(),
        by,
        at: Timestamp::now().strftime("%FT%TZ").to_string(),
        seal: String::new(),
    };
    decisions::append(&path, decision, key)?;
    let line =
        format!("{} is {}'s from now on; scan with --decisions {}", finding.fingerprint, args.to, path.display());
    writeln!(std::io::stdout().lock(), "{}", escape::terminal(&line)).context(FAILED)?;
    Ok(CLEAN)
}
