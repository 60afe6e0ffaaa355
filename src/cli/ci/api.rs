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
    pub(super) fn from_environment() -> Result<Self, String> {
        let variable = |name| super::variable(name).map_err(|error| error.to_string());
        let token = Zeroizing::new(variable("GITHUB_TOKEN")?);
        let address = variable("GITHUB_API_URL")?;
        let repository = variable("GITHUB_REPOSITORY")?;
        let is_name = |name: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !name.is_empty() && name != "." && name != ".." && name.bytes().all(is_plain)
        };
        if repository.split('/').count() != 2 || !repository.split('/').all(is_name) {
            return Err("GITHUB_REPOSITORY is no owner/name".into());
        }
        let (scheme, rest) = address.split_once("://").ok_or("GITHUB_API_URL is no URL")?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let is_plain = scheme == "http" && matches!(name, "127.0.0.1" | "localhost" | "[::1]");
        if scheme != "https" && !is_plain {
            return Err("GITHUB_API_URL does not begin with https://, and the token goes nowhere else".into());
        }
        // A server of one's own may be at a private address: the runner names it, not what is scanned.
        let options = Options { allow_private: true, timeout: PATIENCE, ..Options::default() };
        let client = Client::new(&options).map_err(|error| error.to_string())?.reading(MOST_ANSWER);
        let path = path.trim_end_matches('/');
        let base = if path.is_empty() { String::new() } else { format!("/{path}") };
        Ok(Self { client, host: host.into(), base: format!("{base}/repos/{repository}"), is_plain, token })
    }

    /// Sends one request for the repository and gives the answer's JSON.
    pub(super) fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, String> {
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
        serde_json::from_slice(&answer.body).map_err(|_| "GitHub sent an answer that is no JSON".into())
    }
}

fn refusal(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    format!("GitHub answered {} ({})", answer.status, reason(body["message"].as_str().unwrap_or("without a reason")))
}

/// The beginning of what GitHub says.
pub(super) fn reason(said: &str) -> String {
    said.chars().take(MOST_REASON).collect()
}
