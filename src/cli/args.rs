//! The words of the command line. Help texts are the reference: README and tests follow them.

mod ci;
pub(crate) mod hook;
pub(crate) mod ownership;
pub(crate) mod settings;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use ci::*;
pub(crate) use ownership::*;
use settings::ConfigArgs;

/// Finds stray credentials in files and git history.
#[derive(Debug, Parser)]
#[command(name = "straykey", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = "Exit codes: 0 nothing at or above --fail-on, 1 something, 2 incomplete or wrong usage.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find credentials in files, folders, repositories or standard input
    Scan(Box<ScanArgs>),
    /// Scan in a CI what its event brought, and report to where it is read there
    Ci(CiArgs),
    /// Try whether credentials still work: those of an earlier report, one finding, or one from standard input
    Verify(Box<VerifyArgs>),
    /// Check a log of the calls that verification made
    Audit(AuditArgs),
    /// Tell of a text, or of a finding, what was looked at in it, and why it is a finding or not
    Explain(ExplainArgs),
    /// List, check or explain the patterns
    Patterns(PatternsArgs),
    /// Lay down a commented inventory, a key for fingerprints and settings
    Init {
        /// Where
        #[arg(value_name = "FOLDER", default_value = ".")]
        folder: PathBuf,
    },
    /// Read the inventory of integrations: who owns which credential
    Inventory(InventoryArgs),
    /// Write down whose a finding is, where you know better
    Attribute(AttributeArgs),
    /// Show how far the credential of a finding opens doors
    Blast(BlastArgs),
    /// List or explain the governance checks
    Checks(ChecksArgs),
    /// Write down which secrets are known and do not count
    Baseline(Box<settings::BaselineArgs>),
    /// Check, show or take over settings
    Config(settings::SettingsArgs),
    /// Run before commits and pushes: install the hooks, or be one
    Hook(hook::HookArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell to complete for
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A text (`-`: standard input), or the fingerprint of a finding (`fp1:…`), for which the paths are scanned once more
    #[arg(value_name = "TEXT|FINGERPRINT")]
    pub(crate) what: String,
    /// With a fingerprint: what was scanned when it was reported
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Further patterns: a TOML file or a folder of them (repeatable)
    #[arg(long = "patterns", value_name = "PATH")]
    pub(crate) patterns: Vec<PathBuf>,
    /// What less sure matches are left out (default: medium)
    #[arg(long, value_enum, value_name = "CONFIDENCE")]
    pub(crate) min_confidence: Option<Level>,
    /// Read settings from this TOML file; flags win over it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct PatternsArgs {
    #[command(subcommand)]
    pub(crate) command: PatternsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PatternsCommand {
    /// List every pattern: id, severity, name
    List {
        /// Further patterns: a TOML file or a folder of them
        #[arg(long = "patterns", value_name = "PATH")]
        patterns: Vec<PathBuf>,
    },
    /// Prove patterns on their own examples and on texts generated from them
    Check {
        /// Check these pattern files instead of the built-in ones: TOML files or folders of them
        paths: Vec<PathBuf>,
        /// Print what the patterns cost on a sample of text, the costliest first
        #[arg(long)]
        cost: bool,
        /// The sample: a file or a folder (default: text made with a fixed seed)
        #[arg(long, value_name = "PATH", requires = "cost")]
        corpus: Option<PathBuf>,
    },
    /// Show all that one pattern says
    Explain {
        /// Pattern id
        id: String,
        /// Further patterns: a TOML file or a folder of them
        #[arg(long = "patterns", value_name = "PATH")]
        patterns: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    /// File, folder or git repository (working tree, bare or linked worktree); `-` is standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) sources: SourceArgs,
    #[command(flatten)]
    pub(crate) changes: ChangeArgs,
    /// Only commits that this branch, tag or commit reaches; alone: all their history, with --since or --since-commit: in
    /// place of HEAD
    #[arg(long, value_name = "REF", help_heading = "Changes only", conflicts_with_all = ["staged", "range", "no_history"])]
    pub(crate) branch: Option<String>,
    #[command(flatten)]
    pub(crate) patterns: PatternArgs,
    #[command(flatten)]
    pub(crate) egress: EgressArgs,
    /// Try each secret once, with its provider, whether it still works
    #[arg(long, help_heading = "Verification")]
    pub(crate) verify: bool,
    /// Print every request that --verify would make, without making any
    #[arg(long, help_heading = "Verification", conflicts_with_all = ["verify", "format", "output", "reports"])]
    pub(crate) verify_plan: bool,
    #[command(flatten)]
    pub(crate) ownership: ScanOwnershipArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,

    /// Secrets that are known and do not count, as `straykey baseline` writes them (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) settings: ConfigArgs,
    /// Worker threads (default: one for each core)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

/// Which hosts verification may reach, and where that is logged.
#[derive(Debug, Args)]
#[command(next_help_heading = "Verification")]
pub(crate) struct EgressArgs {
    /// Hosts that only the scanned content names and that may be asked: a name or a glob (repeatable)
    #[arg(long = "verify-host", value_name = "HOST")]
    pub(crate) hosts: Vec<String>,
    /// Append a line for each call to this file, each vouching for those before
    #[arg(long, value_name = "FILE")]
    pub(crate) audit_log: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("verified").required(true).args(["what", "list_hosts"]))]
pub(crate) struct VerifyArgs {
    /// A JSON report, the fingerprint of a finding (`fp1:…`), or with --pattern `-`: a credential on standard input
    #[arg(value_name = "REPORT|FINGERPRINT|-")]
    pub(crate) what: Option<String>,
    /// With a fingerprint: what was scanned when it was reported
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// The pattern of the credential on standard input
    #[arg(long, value_name = "ID")]
    pub(crate) pattern: Option<String>,
    /// Print the hosts that verification may reach, for the rules of a firewall
    #[arg(long = "hosts")]
    pub(crate) list_hosts: bool,
    /// Further patterns: a TOML file or a folder of them (repeatable)
    #[arg(long = "patterns", value_name = "PATH")]
    pub(crate) patterns: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) egress: EgressArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Read settings from this TOML file; flags win over it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    pub(crate) command: AuditCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check that no line was changed, removed or added
    Check {
        /// The log that --audit-log wrote
        file: PathBuf,
    },
}

/// What is read.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What is scanned")]
pub(crate) struct SourceArgs {
    /// Leave out what git stores: objects, index, config
    #[arg(long)]
    pub(crate) no_history: bool,
    /// Leave out the files of the working tree
    #[arg(long)]
    pub(crate) no_worktree: bool,
    /// Scan files that .gitignore names, too
    #[arg(long)]
    pub(crate) no_ignore: bool,
    /// Only paths that match this glob (repeatable; as in .gitignore)
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// No paths that match this glob (repeatable; as in .gitignore; wins over --include)
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// How git's objects are read (for tests: the answer is the same)
    #[arg(long, value_enum, hide = true)]
    pub(crate) engine: Option<Engine>,
    /// Report larger files and git objects as not scanned (such as 50MB; default: no limit for files, 1GiB for git
    /// objects, which must be held in memory)
    #[arg(long, value_name = "SIZE")]
    pub(crate) max_file_size: Option<String>,
    /// How many archives may lie within one another; 0 unpacks none (default: 8)
    #[arg(long, value_name = "N")]
    pub(crate) max_archive_depth: Option<u8>,
    /// Take no more bytes than this out of one archive (default: 1GiB)
    #[arg(long, value_name = "SIZE")]
    pub(crate) max_archive_size: Option<String>,
}

/// Which changes are read, if not everything. Each is a mode of its own.
#[derive(Debug, Args)]
#[command(next_help_heading = "Changes only")]
#[group(multiple = false, conflicts_with = "no_history")]
pub(crate) struct ChangeArgs {
    /// Only what is staged: what the index has and HEAD has not (for a pre-commit hook)
    #[arg(long)]
    pub(crate) staged: bool,
    /// Only what the commits of a range add: those that B reaches and A does not; A...B is the same: what B added since it
    /// left A, as GitHub compares (what is left out is HEAD)
    #[arg(long, value_name = "A..B")]
    pub(crate) range: Option<String>,
    /// Only what the commits since this one add: REV..HEAD
    #[arg(long, value_name = "REV")]
    pub(crate) since_commit: Option<String>,
    /// Only what commits add that were committed at this time or later: 2026-01-31, 2026-01-31T12:00:00Z, "2 weeks" (hours,
    /// days, weeks, months)
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<String>,
}

/// What is looked for.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What is looked for")]
pub(crate) struct PatternArgs {
    /// Only patterns whose id matches this glob (repeatable)
    #[arg(long = "pattern", value_name = "ID")]
    pub(crate) only: Vec<String>,
    /// No patterns whose id matches this glob (repeatable)
    #[arg(long = "exclude-pattern", value_name = "ID")]
    pub(crate) except: Vec<String>,
    /// Count secrets whose line has a mark such as straykey:allow or gitleaks:allow, too
    #[arg(long)]
    pub(crate) no_inline_ignore: bool,
    /// Further patterns: a TOML file or a folder of them (repeatable)
    #[arg(long = "patterns", value_name = "PATH")]
    pub(crate) further: Vec<PathBuf>,
    /// Only findings that are at least so sure (default: medium)
    #[arg(long, value_enum, value_name = "CONFIDENCE")]
    pub(crate) min_confidence: Option<Level>,
}

/// What is told, and how.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is reported")]
pub(crate) struct OutputArgs {
    /// Form of the report (default: text)
    #[arg(short, long, value_enum)]
    pub(crate) format: Option<Format>,
    /// Group findings (text, json, markdown, html)
    #[arg(long, value_enum, value_name = "BY")]
    pub(crate) group_by: Option<GroupBy>,
    /// Write the report to this file instead of standard output; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write a report of this form to this file, too (repeatable): `sarif=straykey.sarif`
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report_to)]
    pub(crate) reports: Vec<ReportTo>,
    /// Show secrets whole; without it no output holds one
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// End with exit code 1 for findings of this severity or above (default: low)
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,
    /// Only findings and errors, no summary (text), no progress
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Every place of every finding, and what each pattern is (text)
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Colour and links in text
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: grouped by secret, redacted
    Text,
    /// One JSON document
    Json,
    /// One JSON object a line: findings, then a summary
    Jsonl,
    /// SARIF 2.1.0, for GitHub code scanning and others
    Sarif,
    /// Markdown for tickets, a section for each owner (or what --group-by says)
    Markdown,
    /// One row for each finding
    Csv,
    /// Annotations for the log of GitHub Actions
    Github,
    /// Markdown for the page of a CI run: a table of owners, then a line for each finding
    Summary,
    /// One page that needs nothing else: to sort, filter and print
    Html,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Low,
    Medium,
    High,
    Critical,
    /// Never end with exit code 1
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    Delta,
    Reference,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// When standard output is a terminal and NO_COLOR is not set
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// All that looks like a credential
    Low,
    /// What probably is one
    Medium,
    /// What hardly can be anything else
    High,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GroupBy {
    Owner,
    Integration,
    Pattern,
    Place,
}
