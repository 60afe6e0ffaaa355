//! Bait: credentials that exist in order to be stolen. Whoever tries one sets off an alarm, so they are known without a call.
//!
//! Comes in: a credential and what it says of itself. Goes out: whether it is bait.

use std::collections::BTreeSet;

use crate::model::secret::Credential;
use crate::model::verification::Identity;

/// AWS accounts in which canarytokens.org and services like it make keys that are bait.
const ACCOUNTS: [&str; 26] = [
    "044858866125",
    "052310077262",
    "171436882533",
    "251535659677",
    "266735846894",
    "344043088457",
    "351906852752",
    "390477818340",
    "426127672474",
    "427150556519",
    "439872796651",
    "445142720921",
    "465867158099",
    "534261010715",
    "595918472158",
    "637958123769",
    "693412236332",
    "717712589309",
    "730335385048",
    "732624840810",
    "735421457923",
    "819147034852",
    "893192397702",
    "959235150393",
    "982842642351",
    "992382622183",
];
/// Domains whose addresses are bait.
const DOMAINS: [&str; 3] = ["canarytokens.com", "canarytokens.net", "canarytokens.org"];

/// Whether a credential is bait: by its account, which may also be one of `further`, or by an address in it.
pub(super) fn is_bait(credential: &Credential, identity: &Identity, further: &BTreeSet<String>) -> bool {
    let is_known = |account: &str| ACCOUNTS.contains(&account) || further.contains(account);
    let values = std::iter::once(&credential.secret).chain(credential.parts.values());
    let names_domain = |text: &[u8]| DOMAINS.iter().any(|name| memchr::memmem::find(text, name.as_bytes()).is_some());
    identity.account.as_ref().is_some_and(|account| is_known(&account.value))
        || values.into_iter().any(|value| names_domain(&value.expose().to_ascii_lowercase()))
}
