//! Asks stores of objects that speak S3 which buckets a key may list. The request is signed: the key itself is not sent.

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::Verifier;
use super::egress::{Answer, Call};
use super::session::Session;
use super::signature::Signer;
use super::xml::element;
use crate::model::declaration::Method;
use crate::model::plan::Planned;
use crate::model::secret::Credential;
use crate::model::validity::Validity;
use crate::model::verification::{Said, Source, Verification};

/// Regions of DigitalOcean's, any of which knows every key.
const SPACES_REGIONS: [&str; 11] =
    ["nyc3", "ams3", "atl1", "blr1", "fra1", "lon1", "sfo2", "sfo3", "sgp1", "syd1", "tor1"];
/// What their hosts and Cloudflare's end with.
const SPACES_DOMAIN: &str = ".digitaloceanspaces.com";
const R2_DOMAIN: &str = ".r2.cloudflarestorage.com";
/// The document in which buckets are listed.
const LIST: &str = "ListAllMyBucketsResult";
/// How a wrong id and a wrong secret are refused.
const REFUSALS: [&str; 2] = ["InvalidAccessKeyId", "SignatureDoesNotMatch"];

/// A provider of such stores.
pub(super) struct Store {
    name: &'static str,
    /// Which part is the id of the key.
    key_id: &'static str,
    /// How else it refuses a key, as it documents.
    refusal: Option<&'static str>,
    hosts: fn() -> Vec<String>,
    place: fn(&Credential) -> Result<Place, String>,
}

/// Where a key is to be tried.
struct Place {
    host: String,
    region: String,
    is_from_content: bool,
}

/// DigitalOcean Spaces.
pub(super) static SPACES: Store = Store {
    name: "digitalocean-spaces",
    key_id: "key_id",
    refusal: None,
    hosts: || SPACES_REGIONS.iter().map(|region| format!("{region}{SPACES_DOMAIN}")).collect(),
    place: |credential| {
        let named = word(credential, "region").unwrap_or_default();
        let region = SPACES_REGIONS.iter().find(|region| **region == named).unwrap_or(&SPACES_REGIONS[0]);
        Ok(Place { host: format!("{region}{SPACES_DOMAIN}"), region: (*region).into(), is_from_content: false })
    },
};

/// Cloudflare R2, where the account is in the name of the host.
pub(super) static R2: Store = Store {
    name: "cloudflare-r2",
    key_id: "access_key_id",
    refusal: Some("Unauthorized"),
    hosts: || vec![format!("<account_id>{R2_DOMAIN}")],
    place: |credential| {
        let account = word(credential, "account_id").ok_or_else(|| missing("account_id"))?;
        let is_fit = account.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let host = is_fit.then(|| format!("{}{R2_DOMAIN}", account.to_ascii_lowercase()));
        let host = host.ok_or("what stands beside it is no account")?;
        Ok(Place { host, region: "auto".into(), is_from_content: true })
    },
};

fn word<'c>(credential: &'c Credential, name: &str) -> Option<&'c str> {
    credential.parts.get(name).and_then(|part| std::str::from_utf8(part.expose()).ok())
}

fn missing(what: &str) -> String {
    format!("it needs `{what}`, which did not stand near it")
}

impl Store {
    /// The signed request; if there can be none, why.
    fn call(&self, credential: &Credential) -> Result<Call, String> {
        let key_id = word(credential, self.key_id).ok_or_else(|| missing(self.key_id))?;
        let secret = credential.secret.expose();
        if secret == key_id.as_bytes() {
            return Err(missing("secret"));
        }
        let Place { host, region, is_from_content } = (self.place)(credential)?;
        let signer = Signer { key_id, secret, session_token: None, region: &region, service: "s3" };
        let headers = signer.headers(&host, "", Timestamp::now());
        let path = Zeroizing::new("/".to_owned());
        Ok(Call { method: Method::Get, is_plain: false, host, is_from_content, path, headers, body: None })
    }

    fn judge(&self, answer: &Answer, host: &str) -> Validity {
        let code =
            element(answer, "Error", "Code").filter(|code| code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        match (answer.status, code) {
            (200, None) if element(answer, LIST, "ID").is_some() => Validity::Active,
            (400..500, Some(code)) if REFUSALS.contains(&code) || self.refusal == Some(code) => Validity::Inactive,
            (status, code) => {
                let code = code.map_or(String::new(), |code| format!(" {code}"));
                let why = format!("{host} answered {status}{code}, which does not say whether the credential works");
                Validity::Unknown { why }
            }
        }
    }
}

impl Verifier for Store {
    fn name(&self) -> String {
        self.name.into()
    }

    fn hosts(&self) -> Vec<String> {
        (self.hosts)()
    }

    fn plan(&self, credential: &Credential) -> Result<Vec<Planned>, String> {
        let Call { host, is_from_content, .. } = self.call(credential)?;
        Ok(vec![Planned { host, is_from_content, method: Method::Get.word(), path: "/".into() }])
    }

    fn verify(&self, credential: &Credential, session: &Session<'_>) -> Verification {
        let call = match self.call(credential) {
            Ok(call) => call,
            Err(why) => return Verification::not_checked(why),
        };
        let answer = match session.send(&call) {
            Ok(answer) => answer,
            Err(silence) => return Verification::of(silence.into()),
        };
        let mut told = Verification::of(self.judge(&answer, &call.host));
        if told.validity == Validity::Active {
            let owner = element(&answer, LIST, "ID");
            told.identity.account = owner.map(|id| Said { value: id.to_owned(), by: Source::Provider });
        }
        told
    }
}
