//! What verification would ask of whom, and which hosts it may reach, for people.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::escape;
use crate::model::plan::Plan;

/// Writes every request that would be made, without anything secret.
pub fn write(plans: &[Plan], sink: &mut dyn Write) -> io::Result<()> {
    let mut requests = 0;
    for plan in plans {
        writeln!(sink, "{}  {}  {}", plan.pattern, escape::terminal(&plan.shown), plan.fingerprint)?;
        match &plan.requests {
            Err(why) => writeln!(sink, "  nothing: {}", escape::terminal(why))?,
            Ok(list) => {
                for request in list {
                    requests += 1;
                    let (host, path) = (escape::terminal(&request.host), escape::terminal(&request.path));
                    writeln!(sink, "  {} {host} {path}", request.method)?;
                }
            }
        }
    }
    writeln!(sink, "{requests} requests would be made for {} secrets; none was.", plans.len())
}

/// Writes the hosts, one a line, for the rules of a firewall.
pub fn hosts(hosts: &BTreeMap<String, BTreeSet<String>>, sink: &mut dyn Write) -> io::Result<()> {
    for host in hosts.keys().filter(|host| !host.contains('<')) {
        writeln!(sink, "{}", escape::terminal(host))?;
    }
    for (host, patterns) in hosts.iter().filter(|(host, _)| host.contains('<')) {
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        writeln!(sink, "# {}  only those that --verify-host allows ({})", escape::terminal(host), patterns.join(", "))?;
    }
    Ok(())
}
