//! One credential's way to the network: its turn at each host, retries, and the audit log.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::audit::{Audit, Entry};
use super::egress::{Answer, Call, Client, Door, Unanswered};
use super::lanes::{Denied, Lanes};
use super::login::Login;
use super::veil::Veil;
use crate::model::interrupt::Interrupt;
use crate::model::validity::Validity;

/// Requests in place of one that failed.
const MOST_TRIES: u32 = 3;
/// How long one is waited for that does not say how long it wants to be left alone.
const UNTOLD_PAUSE: Duration = Duration::from_secs(2);
/// Headers in which providers give requests a name of their own.
const REQUEST_IDS: [&str; 6] =
    ["x-request-id", "request-id", "x-amzn-requestid", "x-github-request-id", "x-slack-req-id", "cf-ray"];

/// What a verifier needs in order to ask.
pub struct Session<'a> {
    pub(super) client: &'a Client,
    pub(super) lanes: &'a Lanes,
    pub(super) audit: Option<&'a Audit>,
    pub(super) interrupt: &'a Interrupt,
    /// Name of the verifier that asks.
    pub(super) verifier: String,
    /// Fingerprint of the credential.
    pub(super) fingerprint: &'a str,
    pub(super) veil: &'a Veil,
    /// When its patience ends.
    pub(super) deadline: Instant,
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// Nothing was sent; one clause says why.
    NotSent(String),
    /// It was sent; one clause says what happened.
    NoAnswer(String),
}

impl From<Silence> for Validity {
    fn from(silence: Silence) -> Self {
        match silence {
            Silence::NotSent(why) => Self::NotChecked { why },
            Silence::NoAnswer(why) => Self::Unknown { why },
        }
    }
}

impl From<Unanswered> for Silence {
    fn from(failed: Unanswered) -> Self {
        if failed.is_forbidden { Self::NotSent(failed.why) } else { Self::NoAnswer(failed.why) }
    }
}

impl Session<'_> {
    /// Waits for its turn at a host.
    fn enter(&self, host: &str) -> Result<(), Silence> {
        self.lanes.enter(host, self.deadline, self.interrupt).map_err(|denied| match denied {
            Denied::Interrupted => Silence::NotSent("the run was interrupted before its turn".into()),
            Denied::Late => Silence::NotSent(format!("{host} was busy until too late; try later")),
        })
    }

    /// Logs in when it is its turn. Never twice: servers count wrong passwords.
    pub(super) fn log_in(
        &self,
        host: &str,
        is_from_content: bool,
        dialogue: impl FnOnce(&Door<'_>) -> Result<Login, Unanswered>,
    ) -> Result<Login, Silence> {
        self.enter(host)?;
        let result = dialogue(&self.client.door(host, is_from_content, self.deadline));
        match &result {
            Ok(login) => self.note("LOGIN", host, &login.outcome(), None),
            Err(failed) if failed.is_forbidden => {}
            Err(failed) => self.note("LOGIN", host, &failed.why, None),
        }
        result.map_err(Silence::from)
    }

    /// Sends a request when it is its turn, and again where that can do no harm.
    pub fn send(&self, call: &Call) -> Result<Answer, Silence> {
        let mut tries = 0;
        loop {
            tries += 1;
            self.enter(&call.host)?;
            let result = self.client.send(call, self.deadline);
            self.note_call(call, &result);
            let can_retry = tries < MOST_TRIES && !self.interrupt.is_set();
            match result {
                Ok(answer) => match pause(&answer) {
                    // The others wait too, whether or not this one has patience left.
                    Some(time) => {
                        self.lanes.pause(&call.host, time);
                        if !can_retry || Instant::now() + time > self.deadline {
                            return Ok(answer);
                        }
                    }
                    None => return Ok(answer),
                },
                Err(failed) if failed.is_passing && call.method.is_safe() && can_retry => {}
                Err(failed) => return Err(failed.into()),
            }
        }
    }

    fn note_call(&self, call: &Call, result: &Result<Answer, Unanswered>) {
        let (outcome, request_id) = match result {
            Ok(answer) => {
                let id = REQUEST_IDS.iter().find_map(|name| answer.headers.get(*name));
                (answer.status.to_string(), id.filter(|id| is_id(id) && !self.veil.touches(id)))
            }
            Err(failed) if failed.is_forbidden => return,
            Err(failed) => (failed.why.clone(), None),
        };
        self.note(call.method.word(), &call.host, &outcome, request_id.map(String::as_str));
    }

    fn note(&self, method: &str, host: &str, outcome: &str, request_id: Option<&str>) {
        let Some(audit) = self.audit else { return };
        let (verifier, fingerprint) = (self.verifier.as_str(), self.fingerprint);
        audit.note(&Entry { verifier, fingerprint, method, host, outcome, request_id });
    }
}

fn is_id(text: &str) -> bool {
    text.len() <= 100 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}

/// How long a host wants to be left alone; none: it does not say so.
fn pause(answer: &Answer) -> Option<Duration> {
    if !matches!(answer.status, 429 | 503) {
        return None;
    }
    let told = answer.headers.get("retry-after");
    if answer.status == 503 && told.is_none() {
        return None;
    }
    let told = told.map(|told| told.trim());
    let seconds = told.and_then(|told| told.parse::<u64>().ok());
    let date = || {
        let when = rfc2822::parse(told?).ok()?.timestamp();
        u64::try_from(when.as_second() - Timestamp::now().as_second()).ok()
    };
    // A day is as good as for ever.
    Some(seconds.or_else(date).map_or(UNTOLD_PAUSE, |seconds| Duration::from_secs(seconds.min(86_400))))
}
