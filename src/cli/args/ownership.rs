//! The words for inventory, attribution and governance.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Whose credentials they are.
#[derive(Debug, Args)]
#[command(next_help_heading = "Whose it is")]
pub(crate) struct ScanOwnershipArgs {
    /// Inventory of integrations: YAML, TOML or JSON, a file or a folder (repeatable); each finding is then attributed
    #[arg(long, value_name = "PATH")]
    pub(crate) inventory: Vec<PathBuf>,
    /// File with the key for fingerprints (`straykey init` makes one)
    #[arg(long = "key", value_name = "FILE")]
    pub(crate) fingerprint_key_file: Option<PathBuf>,
    /// Weights for attribution other than the built-in ones: a TOML file
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<PathBuf>,
    /// Keep in this file what was seen of each secret, for checks that compare runs
    #[arg(long, value_name = "FILE")]
    pub(crate) observations: Option<PathBuf>,
    /// People's decisions on whose a credential is, as `straykey attribute` writes them
    #[arg(long, value_name = "FILE")]
    pub(crate) decisions: Option<PathBuf>,
    /// GitHub's audit log as JSON (repeatable): a credential is known by its `hashed_token` and `token_id`
    #[arg(long, value_name = "FILE")]
    pub(crate) token_hashes: Vec<PathBuf>,
}

/// Where the inventory is.
#[derive(Debug, Args)]
pub(crate) struct OwnershipArgs {
    /// Inventory: YAML, TOML or JSON, a file or a folder (repeatable)
    #[arg(long, value_name = "PATH")]
    pub(crate) inventory: Vec<PathBuf>,
    /// File with the key for fingerprints (`straykey init` makes one)
    #[arg(long = "key", value_name = "FILE")]
    pub(crate) fingerprint_key_file: Option<PathBuf>,
    /// Read settings from this TOML file; flags win over it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct InventoryArgs {
    #[command(subcommand)]
    pub(crate) command: InventoryCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InventoryCommand {
    /// Say all that is wrong with the inventory
    Check {
        #[command(flatten)]
        ownership: OwnershipArgs,
    },
    /// List every integration: id, lifecycle, owner, credentials, purpose
    List {
        #[command(flatten)]
        ownership: OwnershipArgs,
    },
    /// Show all that the inventory says of an integration, credential, owner, system or environment
    Show {
        /// Its id
        id: String,
        #[command(flatten)]
        ownership: OwnershipArgs,
    },
    /// Say whose a finding is, with all evidence for and against
    Who(FindingArgs),
    /// Add a credential, read from standard input or a prompt that does not show it, by fingerprint and public id
    Add(AddArgs),
    /// Take over what others know: owners, systems, credentials
    Import(ImportArgs),
    /// Print the inventory in another form
    Export {
        /// The form
        #[arg(long, value_enum, default_value_t = ExportFormat::Json)]
        format: ExportFormat,
        #[command(flatten)]
        ownership: OwnershipArgs,
    },
    /// Write fingerprints anew with another key, of credentials that are found in these paths
    Reindex(ReindexArgs),
    /// Print the JSON schema of inventories
    Schema,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    Json,
    /// CycloneDX 1.7, a component of type `cryptographic-asset` for each credential
    Cyclonedx,
    /// A row for each credential
    Csv,
}

/// A finding, and what to scan for it.
#[derive(Debug, Args)]
pub(crate) struct FindingArgs {
    /// Its fingerprint, or the first letters of the hash in it (6 or more)
    pub(crate) finding: String,
    /// What was scanned when it was reported
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) ownership: OwnershipArgs,
}

#[derive(Debug, Args)]
pub(crate) struct BlastArgs {
    #[command(flatten)]
    pub(crate) finding: FindingArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AttributeArgs {
    #[command(flatten)]
    pub(crate) finding: FindingArgs,
    /// The integration that it is of
    #[arg(long, value_name = "INTEGRATION")]
    pub(crate) to: String,
    /// How you know
    #[arg(long)]
    pub(crate) reason: String,
    /// Who you are (default: $USER)
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Write the decision to this file (default: that of the settings, or straykey.decisions.jsonl)
    #[arg(long, value_name = "FILE")]
    pub(crate) decisions: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// The integration that it is of
    #[arg(long)]
    pub(crate) integration: String,
    /// An id of its own
    #[arg(long)]
    pub(crate) id: String,
    /// The provider (default: that of the pattern that knows it)
    #[arg(long)]
    pub(crate) provider: Option<String>,
    /// Its type (default: the pattern that knows it)
    #[arg(long)]
    pub(crate) r#type: Option<String>,
    /// Its id that is no secret (default: the one that is given with it)
    #[arg(long)]
    pub(crate) public_id: Option<String>,
    /// The environment that it is for
    #[arg(long)]
    pub(crate) env: Option<String>,
    /// When it was made: 2026-12-31
    #[arg(long, value_name = "DATE")]
    pub(crate) created_at: Option<String>,
    #[command(flatten)]
    pub(crate) ownership: OwnershipArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ReindexArgs {
    /// File with the key that the inventory's fingerprints were made with
    #[arg(long, value_name = "FILE")]
    pub(crate) old_key: PathBuf,
    /// Where the credentials stand
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) ownership: OwnershipArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// What it is
    #[arg(value_enum)]
    pub(crate) kind: ImportKind,
    /// Files, or folders of them
    #[arg(required = true, value_name = "SOURCE")]
    pub(crate) sources: Vec<PathBuf>,
    /// Take a column for a field, or give a field one value for all rows: `--map field:=value` (repeatable)
    #[arg(long, value_name = "COLUMN=FIELD")]
    pub(crate) map: Vec<String>,
    /// The account whose credentials these are
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// Only show what would change
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) ownership: OwnershipArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportKind {
    /// Catalog files (`catalog-info.yaml`), or a saved answer of the catalog's API
    Backstage,
    /// CODEOWNERS of a repository: its teams and people become owners
    Codeowners,
    /// A table of your own: one row for each credential
    Csv,
    /// The same as a list of JSON objects
    Json,
    /// ServiceNow CMDB, as CSV or JSON
    Servicenow,
    /// AWS IAM credential report, with an answer of `list-access-keys` to join it with
    AwsCredentialReport,
    /// GitHub's list of an organisation's fine-grained tokens
    GithubPats,
    /// AWS Secrets Manager's `list-secrets`
    AwsSecretsManager,
    /// AWS IAM's `get-role` or `list-roles`: whose tokens may take on a role
    AwsRoles,
}

#[derive(Debug, Args)]
pub(crate) struct ChecksArgs {
    #[command(subcommand)]
    pub(crate) command: ChecksCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ChecksCommand {
    /// List the governance checks
    List,
    /// Say what one check looks at, what to do about it, and what it supports evidence for
    Explain {
        /// Its id, such as G06
        id: String,
    },
}
