//! GitHub's API, as far as it takes a comment and a SARIF log.
//!
//! The token goes only to the host that the runner names, over TLS. What comes back is told as one sentence.

use std::time::{Duration, Instant};

use serde_json::Value;
use straykey::model::declaration::Method;
use straykey::verify::egress::{Answer, Call, Client, Options};
use zeroize::Zeroizing;

/// Time for one request.
const PATIENCE: Duration = Duration::from_secs(60);
/// The largest answer, in bytes: a hundred comments of 65,536 characters.
const MOST_ANSWER: u64 = 32 << 20;
/// Characters of GitHub's reason that are told.
const MOST_REASON: usize = 200;

/// Why GitHub did not do what it was asked.
#[derive(Debug)]
pub(super) struct Refusal {
    why: String,
    /// The token may not.
    is_permission: bool,
}

/// A repository on GitHub.
pub(super) struct Api {
    client: Client,
    host: String,
    base: String,
    is_plain: bool,
    token: Zeroizing<String>,
}

impl Api {
    /// Takes address, repository and token from the runner's environment.
    pub(super) fn from_environment() -> Result<Self, Refusal> {
        let variable = |name| super::variable(name).map_err(|error| error.to_string());
        let token = Zeroizing::new(variable("GITHUB_TOKEN")?);
        let address = variable("GITHUB_API_URL")?;
        let repository = variable("GITHUB_REPOSITORY")?;
        let is_name = |name: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !name.is_empty() && name != "." && name != ".." && name.bytes().all(is_plain)
        };
        if repository.split('/').count() != 2 || !repository.split('/').all(is_name) {
            return Err("GITHUB_REPOSITORY is no owner/name".to_owned().into());
        }
        let (scheme, rest) = address.split_once("://").ok_or_else(|| "GITHUB_API_URL is no URL".to_owned())?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let is_plain = scheme == "http" && matches!(name, "127.0.0.1" | "localhost" | "[::1]");
        if scheme != "https" && !is_plain {
            let why = "GITHUB_API_URL does not begin with https://, and the token goes nowhere else";
            return Err(why.to_owned().into());
        }
        // A server of one's own may be at a private address: the runner names it, not what is scanned.
        let options = Options { allow_private: true, timeout: PATIENCE, ..Options::default() };
        let client = Client::new(&options).map_err(|error| error.to_string())?.reading(MOST_ANSWER);
        let path = path.trim_end_matches('/');
        let base = if path.is_empty() { String::new() } else { format!("/{path}") };
        Ok(Self { client, host: host.into(), base: format!("{base}/repos/{repository}"), is_plain, token })
    }

    /// Sends one request for the repository and gives the answer's JSON.
    pub(super) fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Refusal> {
        let call = Call {
            method,
            is_plain: self.is_plain,
            host: self.host.clone(),
            is_from_content: false,
            path: Zeroizing::new(format!("{}{path}", self.base)),
            headers: vec![
                ("Authorization".into(), Zeroizing::new(format!("Bearer {}", &*self.token))),
                ("X-GitHub-Api-Version".into(), Zeroizing::new("2022-11-28".into())),
            ],
            body: body.map(|body| ("application/json", Zeroizing::new(body.to_string()))),
        };
        let answer = self.client.send(&call, Instant::now() + PATIENCE).map_err(|unanswered| unanswered.why)?;
        if !(200..300).contains(&answer.status) {
            return Err(refusal(&answer));
        }
        serde_json::from_slice(&answer.body).map_err(|_| "GitHub sent an answer that is no JSON".to_owned().into())
    }
}

impl Refusal {
    /// What happened, and which permission would help.
    pub(super) fn told(&self, permission: &str) -> String {
        let remedy = format!("; it needs `{permission}`, which is not given to pull requests from forks");
        format!("{}{}", self.why, if self.is_permission { &remedy } else { "" })
    }
}

impl From<String> for Refusal {
    fn from(why: String) -> Self {
        Self { why, is_permission: false }
    }
}

fn refusal(answer: &Answer) -> Refusal {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let reason = reason(body["message"].as_str().unwrap_or("without a reason"));
    // What the token may not even see is not found.
    let is_permission = matches!(answer.status, 401 | 403 | 404);
    Refusal { why: format!("GitHub answered {} ({reason})", answer.status), is_permission }
}

/// The beginning of what GitHub says.
pub(super) fn reason(said: &str) -> String {
    said.chars().take(MOST_REASON).collect()
}
