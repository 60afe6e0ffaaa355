//! What `straykey init` lays down: an inventory to fill in, a key for fingerprints, and the settings that name both.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

/// Name of the inventory.
pub const INVENTORY: &str = "inventory.yaml";
/// Name of the key's file.
pub const KEY: &str = "straykey.key";
/// Name of the settings.
pub const CONFIG: &str = "straykey.toml";
const KEY_BYTES: usize = 32;

const CONFIG_TEXT: &str = r#"# Settings of straykey: `straykey scan --config straykey.toml`. Unknown keys are errors; flags win over them.
fingerprint_key_file = "straykey.key"   # secret: not in git, the same on every machine that scans
inventory = ["inventory.yaml"]
observations = "straykey.observations.json"
decisions = "straykey.decisions.jsonl"
"#;

const INVENTORY_TEXT: &str = r##"# Who owns which credential. No secret stands here: a credential is known by its keyed fingerprint (`fp`, as straykey reports
# it; `straykey inventory add` makes one) and by the id that its provider shows to everybody (`public_id`).
# `straykey inventory check` reads this file; `straykey inventory schema` prints all fields.
version: 1

owners:
  - {id: team-example, kind: team, refs: ["@example/team"], contacts: [{slack: "#example"}]}
  # A person who has left hands on to a manager or a team.
  # - {id: j.doe, kind: person, status: active, manager: team-example, contacts: [{email: j.doe@example.com}]}

systems:
  - {id: shop, owner: team-example, criticality: high, data_classes: [pii], repos: ["github.com/example/shop"]}
  - {id: stripe, vendor: Stripe}

# Which places and accounts are of which environment.
environments:
  - {id: prod, class: prod, path_globs: ["deploy/prod/**", "*.prod.env"], branch_globs: [main], account_ids: []}
  - {id: dev, class: dev, path_globs: ["deploy/dev/**"]}

integrations:
  - id: shop-to-stripe
    purpose: Takes payments of the shop
    owner: {business: team-example}
    source_system: shop
    target_system: stripe
    direction: outbound
    environments: [prod]
    lifecycle: active            # proposed, active, deprecated, retired
    # sunset: 2027-06-30         # the last day on which it is needed
    tier: standard               # or privileged
    # allowed_scopes: ["charges:read"]
    # allowed_locations: ["aws-sm:prod/shop/stripe", "git:github.com/example/shop//deploy/**"]
    # review: {last: 2026-09-01, by: team-example, cadence_days: 90}
    # rotation: {interval_days: 90, method: manual}
    revocation: {method: console}   # and playbook: playbooks/stripe.md, sla_minutes: 60, tested_at: 2026-08-11
    evidence_hints: {env_names: [SHOP_STRIPE_KEY]}
    credentials: []
    # credentials:
    #   - {id: stripe-2026q3, provider: stripe, type: stripe-restricted-key, env: prod, fp: ["fp1:…"], created_at: 2026-07-02}
"##;

/// What became of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Laid {
    /// It is new.
    Made,
    /// It was there, and is as it was.
    Kept,
}

/// Lays down all files in `folder`; what is there already is kept.
pub fn lay(folder: &Path) -> io::Result<Vec<(&'static str, Laid)>> {
    let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
    getrandom::fill(&mut *key).map_err(|error| io::Error::other(error.to_string()))?;
    let key = Zeroizing::new(HEXLOWER.encode(&*key) + "\n");
    // The key is named to git before it exists, so that at no time it could be committed.
    let ignored = ignore_in_git(folder)?;
    Ok(vec![
        (".gitignore", ignored),
        (KEY, make(&folder.join(KEY), key.as_bytes(), true)?),
        (CONFIG, make(&folder.join(CONFIG), CONFIG_TEXT.as_bytes(), false)?),
        (INVENTORY, make(&folder.join(INVENTORY), INVENTORY_TEXT.as_bytes(), false)?),
    ])
}

fn make(path: &Path, content: &[u8], is_secret: bool) -> io::Result<Laid> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_secret {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(path) {
        Ok(mut file) => file.write_all(content).map(|()| Laid::Made),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Laid::Kept),
        Err(error) => Err(error),
    }
}

fn ignore_in_git(folder: &Path) -> io::Result<Laid> {
    let path = folder.join(".gitignore");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    if text.lines().any(|line| line.trim().trim_start_matches('/') == KEY) {
        return Ok(Laid::Kept);
    }
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let mut file = OpenOptions::new().append(true).create(true).open(&path)?;
    file.write_all(format!("{gap}/{KEY}\n").as_bytes())?;
    Ok(Laid::Made)
}
