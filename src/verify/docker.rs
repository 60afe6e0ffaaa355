//! Tries user and password at registries of images: at the registry, or at whoever it sends to for a token. No image is asked for.

use data_encoding::BASE64;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use zeroize::Zeroizing;

use super::egress::{Answer, Call};
use super::session::Session;
use super::{Verifier, registry};
use crate::model::declaration::Method;
use crate::model::plan::Planned;
use crate::model::secret::Credential;
use crate::model::validity::Validity;
use crate::model::verification::{Said, Source, Verification};

/// What every registry answers.
const API: &str = "/v2/";
/// Docker's own registry, under the name that settings give it, and where it has tokens made.
const HUB: [&str; 3] = ["index.docker.io", "registry-1.docker.io", "docker.io"];
const HUB_TOKENS: (&str, &str) = ("auth.docker.io", "/token?service=registry.docker.io");

/// Verifies `auth` entries of Docker's settings.
pub(super) struct Docker;

/// Where user and password are to be shown.
struct Door {
    host: String,
    path: String,
    is_from_content: bool,
}

/// Who wants in.
struct Guest {
    user: String,
    proof: Zeroizing<String>,
}

impl Guest {
    fn read(credential: &Credential) -> Result<Self, String> {
        let secret = credential.secret.expose();
        let pair = Zeroizing::new(BASE64.decode(secret).map_err(|_| "it is no base64")?);
        let user = pair.split(|byte| *byte == b':').next().unwrap_or_default();
        let user = std::str::from_utf8(user).map_err(|_| "its user is no text")?.to_owned();
        let proof = Zeroizing::new(format!("Basic {}", String::from_utf8_lossy(secret)));
        Ok(Self { user, proof })
    }
}

impl Verifier for Docker {
    fn name(&self) -> String {
        "docker-registry".into()
    }

    fn hosts(&self) -> Vec<String> {
        vec![HUB_TOKENS.0.into(), "<registry>".into()]
    }

    fn plan(&self, credential: &Credential) -> Result<Vec<Planned>, String> {
        let (host, _) = registry::place(credential)?;
        Guest::read(credential)?;
        let (host, path, is_from_content) = match HUB.contains(&host.as_str()) {
            true => (HUB_TOKENS.0.to_owned(), HUB_TOKENS.1, false),
            false => (host, API, true),
        };
        Ok(vec![Planned { host, is_from_content, method: Method::Get.word(), path: path.into() }])
    }

    fn verify(&self, credential: &Credential, session: &Session<'_>) -> Verification {
        let found = registry::place(credential).and_then(|(host, _)| Ok((host, Guest::read(credential)?)));
        let (host, guest) = match found {
            Ok(found) => found,
            Err(why) => return Verification::not_checked(why),
        };
        let door = match HUB.contains(&host.as_str()) {
            true => Ok(Door { host: HUB_TOKENS.0.into(), path: HUB_TOKENS.1.into(), is_from_content: false }),
            false => find(&host, session),
        };
        let mut told = Verification::of(match door {
            Ok(door) => knock(&door, &guest, session),
            Err(validity) => validity,
        });
        if told.validity == Validity::Active {
            told.identity.principal = Some(Said { value: guest.user, by: Source::Provider });
        }
        told
    }
}

fn ask(door: &Door, proof: Option<&Zeroizing<String>>, session: &Session<'_>) -> Result<Answer, Validity> {
    let call = Call {
        method: Method::Get,
        is_plain: false,
        host: door.host.clone(),
        is_from_content: door.is_from_content,
        path: Zeroizing::new(door.path.clone()),
        headers: proof.map(|proof| ("authorization".to_owned(), proof.clone())).into_iter().collect(),
        body: None,
    };
    session.send(&call).map_err(Validity::from)
}

/// Asks a registry, as nobody, where it wants passwords to be shown.
fn find(host: &str, session: &Session<'_>) -> Result<Door, Validity> {
    let own = Door { host: host.to_owned(), path: API.into(), is_from_content: true };
    let answer = ask(&own, None, session)?;
    let unknown = |why: &str| Validity::Unknown { why: format!("{host} {why}") };
    let wanted = answer.headers.get("www-authenticate").filter(|_| answer.status == 401);
    let Some(wanted) = wanted else {
        return Err(match answer.status {
            200 => unknown("lets everybody in without a password"),
            status => unknown(&format!("answered {status}, which no registry of images does")),
        });
    };
    let (way, rest) = wanted.split_once(' ').unwrap_or((wanted, ""));
    if way.eq_ignore_ascii_case("basic") {
        return Ok(own);
    }
    let field = |name: &str| rest.split_once(&format!("{name}=\"")).and_then(|(_, rest)| rest.split('"').next());
    // Content names the registry, and that names this host: it needs leave of its own.
    let realm = field("realm").and_then(|realm| realm.strip_prefix("https://")).map(|realm| realm.split_once('/'));
    let (true, Some(Some((tokens, path)))) = (way.eq_ignore_ascii_case("bearer"), realm) else {
        return Err(unknown("takes no passwords in a way that is known here"));
    };
    let service = utf8_percent_encode(field("service").unwrap_or_default(), NON_ALPHANUMERIC).to_string();
    let mark = if path.contains('?') { '&' } else { '?' };
    let path = format!("/{path}{mark}service={service}");
    Ok(Door { host: tokens.to_ascii_lowercase(), path, is_from_content: true })
}

/// Shows user and password.
fn knock(door: &Door, guest: &Guest, session: &Session<'_>) -> Validity {
    let answer = match ask(door, Some(&guest.proof), session) {
        Ok(answer) => answer,
        Err(validity) => return validity,
    };
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let has = |name: &str| body.get(name).is_some_and(|value| !value.is_null());
    let is_in = door.path == API || has("token") || has("access_token");
    match answer.status {
        200 if is_in && !is_page(&answer) => Validity::Active,
        401 if has("errors") || has("details") => Validity::Inactive,
        status => {
            let why = format!("{} answered {status}, which does not say whether the credential works", door.host);
            Validity::Unknown { why }
        }
    }
}

fn is_page(answer: &Answer) -> bool {
    answer.headers.get("content-type").is_some_and(|kind| kind.contains("html"))
}
