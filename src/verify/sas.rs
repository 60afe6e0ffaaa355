//! Shared access signatures of Azure: whether they are over by their own words. They are not tried: what they open may be anything,
//! and they may be good for one use.

use jiff::Timestamp;

use super::Verifier;
use super::offline::sas_end;
use super::session::Session;
use crate::model::plan::Planned;
use crate::model::secret::Credential;
use crate::model::validity::Validity;
use crate::model::verification::Verification;

/// Reads shared access signatures.
pub(super) struct Sas;

fn is_over(credential: &Credential) -> Result<(), String> {
    let secret = std::str::from_utf8(credential.secret.expose()).unwrap_or_default();
    match sas_end(secret) {
        Some(end) if end < Timestamp::now().as_second() => Ok(()),
        Some(_) => Err("it is not over by its own words, and it is not tried: what it opens may be anything".into()),
        None => Err("it does not say when it is over: its policy does, which only its account can read".into()),
    }
}

impl Verifier for Sas {
    fn name(&self) -> String {
        "azure-sas".into()
    }

    fn plan(&self, credential: &Credential) -> Result<Vec<Planned>, String> {
        is_over(credential).map(|()| Vec::new())
    }

    fn verify(&self, credential: &Credential, _session: &Session<'_>) -> Verification {
        match is_over(credential) {
            Ok(()) => Verification::of(Validity::Inactive),
            Err(why) => Verification::not_checked(why),
        }
    }
}
