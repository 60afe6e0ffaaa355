//! Asks a storage account of Azure's about itself with its key, which signs the request: the key itself is not sent.

use data_encoding::BASE64;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use ring::hmac;
use zeroize::Zeroizing;

use super::Verifier;
use super::egress::{Answer, Call};
use super::session::Session;
use super::xml::element;
use crate::model::declaration::Method;
use crate::model::plan::Planned;
use crate::model::secret::Credential;
use crate::model::validity::Validity;
use crate::model::verification::{Said, Source, Verification};

/// The version of the protocol.
const VERSION: &str = "2021-08-06";
/// What is asked for: settings of the service, which tell nothing of what is stored.
const PATH: &str = "/?comp=properties&restype=service";
/// The public cloud's domain.
const DOMAIN: &str = "core.windows.net";
/// How a wrong key is refused; the same code also complains about clocks.
const WRONG: &str = "is not the same as any computed signature";

/// Verifies keys of storage accounts.
pub(super) struct AzureStorage;

/// What a key needs beside it.
struct Account<'c> {
    name: &'c str,
    host: String,
    key: Zeroizing<Vec<u8>>,
}

impl<'c> Account<'c> {
    fn read(credential: &'c Credential) -> Result<Self, String> {
        let word = |name| credential.parts.get(name).and_then(|part| std::str::from_utf8(part.expose()).ok());
        let by_host = || word("host").and_then(|host| host.split('.').next());
        let name = word("account").or_else(by_host).ok_or("it needs `account`, which did not stand near it")?;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
            return Err("what stands beside it is no name of a storage account".into());
        }
        let domain = word("endpoint_suffix").unwrap_or(DOMAIN);
        let is_fit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
        if !domain.bytes().all(is_fit) {
            return Err("what stands beside it is no name of a host".into());
        }
        let key = BASE64.decode(credential.secret.expose()).map_err(|_| "it is no key of a storage account")?;
        Ok(Self { name, host: format!("{name}.blob.{domain}"), key: Zeroizing::new(key) })
    }

    fn call(&self, time: Timestamp) -> Option<Call> {
        let date = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&time).ok()?;
        let proof = proof(self.name, &self.key, &date);
        let header = |name: &str, value: &str| (name.to_owned(), Zeroizing::new(value.to_owned()));
        Some(Call {
            method: Method::Get,
            is_plain: false,
            host: self.host.clone(),
            is_from_content: true,
            path: Zeroizing::new(PATH.into()),
            headers: vec![
                ("authorization".into(), proof),
                header("x-ms-date", &date),
                header("x-ms-version", VERSION),
                header("accept", "application/xml"),
            ],
            body: None,
        })
    }
}

/// The signature of the request: of the method, eleven headers that it does not have, two that it has, and what is asked.
fn proof(account: &str, key: &[u8], date: &str) -> Zeroizing<String> {
    let none = "\n".repeat(12);
    let headers = format!("x-ms-date:{date}\nx-ms-version:{VERSION}\n");
    let text = format!("GET{none}{headers}/{account}/\ncomp:properties\nrestype:service");
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
    Zeroizing::new(format!("SharedKey {account}:{}", BASE64.encode(signature.as_ref())))
}

impl Verifier for AzureStorage {
    fn name(&self) -> String {
        "azure-storage".into()
    }

    fn hosts(&self) -> Vec<String> {
        vec![format!("<account>.blob.{DOMAIN}")]
    }

    fn plan(&self, credential: &Credential) -> Result<Vec<Planned>, String> {
        let Account { host, .. } = Account::read(credential)?;
        Ok(vec![Planned { host, is_from_content: true, method: Method::Get.word(), path: PATH.into() }])
    }

    fn verify(&self, credential: &Credential, session: &Session<'_>) -> Verification {
        let account = match Account::read(credential) {
            Ok(account) => account,
            Err(why) => return Verification::not_checked(why),
        };
        let Some(call) = account.call(Timestamp::now()) else {
            return Verification::not_checked("this machine's clock cannot be read");
        };
        let mut told = match session.send(&call) {
            Ok(answer) => Verification::of(judge(&answer, &account.host)),
            Err(silence) => Verification::of(silence.into()),
        };
        if told.validity == Validity::Active {
            told.identity.account = Some(Said { value: account.name.to_owned(), by: Source::Provider });
        }
        told
    }
}

fn judge(answer: &Answer, host: &str) -> Validity {
    let is_about_itself = element(answer, "StorageServiceProperties", "Version").is_some();
    let code = element(answer, "Error", "Code").filter(|code| code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let detail = element(answer, "Error", "AuthenticationErrorDetail");
    match (answer.status, code) {
        (200, None) if is_about_itself => Validity::Active,
        (403, Some("AuthenticationFailed")) if detail.is_some_and(|detail| detail.contains(WRONG)) => {
            Validity::Inactive
        }
        (status, code) => {
            let code = code.map_or(String::new(), |code| format!(" {code}"));
            let why = format!("{host} answered {status}{code}, which does not say whether the credential works");
            Validity::Unknown { why }
        }
    }
}
