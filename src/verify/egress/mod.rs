//! The only way out to the network.
//!
//! Comes in: a [`Call`], with everything filled in. Goes out: an [`Answer`] that is small and whole, or one sentence that
//! says why there is none. For protocols other than HTTP there is a [`Connection`], under the same rules. No sentence holds a URL, a header or a body: errors of the client may, and are put into our own
//! words. It must not know what is asked or what the answer means.

mod address;
mod connection;
mod known_hosts;
mod services;
mod trust;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use globset::{Glob, GlobSet, GlobSetBuilder};
use rustls::ClientConfig;
use ureq::http::{self, HeaderName, HeaderValue, Request};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Error as Trouble, Proxy};
use zeroize::Zeroizing;

pub use self::address::Lookup;
use self::address::{Pinned, Private};
pub use self::connection::{Connection, Door, Wire};
use self::known_hosts::KnownHosts;
pub use self::known_hosts::{HostKey, HostKeys};
pub use self::services::Service;
use crate::model::declaration::Method;

/// What a host sees of us.
const USER_AGENT: &str =
    concat!("straykey/", env!("CARGO_PKG_VERSION"), " (secret scanner; https://github.com/straykey/straykey)");
/// The largest body that is read, in bytes.
const MOST_BODY: u64 = 1 << 20;
/// The largest head, in bytes.
const MOST_HEAD: usize = 32 << 10;

/// Which hosts may be reached, and how.
#[derive(Clone)]
pub struct Options {
    /// Globs over hosts that only scanned content names.
    pub allow_hosts: Vec<String>,
    /// Private, loopback and link-local addresses may be reached.
    pub allow_private: bool,
    /// Certificates that are trusted in place of the system's, as PEM.
    pub ca_file: Option<PathBuf>,
    /// Files of OpenSSH's with the keys of servers that are trusted.
    pub known_hosts: Vec<PathBuf>,
    /// Time for one request, from its beginning to the last byte of the answer.
    pub timeout: Duration,
    /// Gives the addresses of `host:port` in place of the system; for tests.
    pub lookup: Option<Lookup>,
    /// Servers of the DNS in place of the system's, where it names services; for tests.
    pub nameservers: Vec<SocketAddr>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allow_hosts: Vec::new(),
            allow_private: false,
            ca_file: None,
            known_hosts: Vec::new(),
            timeout: Duration::from_secs(10),
            lookup: None,
            nameservers: Vec::new(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Options").field("allow_hosts", &self.allow_hosts).finish_non_exhaustive()
    }
}

/// Why nothing can be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file with certificates cannot be read.
    #[error("the certificates in {path} cannot be read: {reason}; check ca_file", path = .path.display())]
    Certificates {
        /// What was named.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A file with servers' keys cannot be read.
    #[error("the servers' keys in {path} cannot be read: {reason}; check known_hosts", path = .path.display())]
    KnownHosts {
        /// What was named.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The system has no certificates.
    #[error("this system has no list of trusted certificates; install ca-certificates or name a ca_file")]
    NoCertificates,
    /// Not a glob.
    #[error("`{0}` is no host and no glob over hosts; write git.acme.example or *.acme.example")]
    Host(String),
}

/// One request, ready to be sent.
pub struct Call {
    /// What is done.
    pub method: Method,
    /// Without TLS.
    pub is_plain: bool,
    /// Host, and port where it is not the usual one.
    pub host: String,
    /// Only the scanned content names the host.
    pub is_from_content: bool,
    /// Path and query.
    pub path: Zeroizing<String>,
    /// Headers.
    pub headers: Vec<(String, Zeroizing<String>)>,
    /// Type and bytes of the body.
    pub body: Option<(&'static str, Zeroizing<String>)>,
}

/// What came back.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers that are text, by name in small letters.
    pub headers: BTreeMap<String, String>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Why there is no answer: one clause without anything of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// What happened.
    pub why: String,
    /// Our own rules forbade it: nothing was sent.
    pub is_forbidden: bool,
    /// The connection failed, so trying once more may help.
    pub is_passing: bool,
}

/// Which hosts may be reached, as far as their names say.
pub struct Rules {
    allowed: GlobSet,
    allow_private: bool,
}

/// Sends requests.
pub struct Client {
    agent: Agent,
    addresses: Pinned,
    tls: Arc<ClientConfig>,
    known_hosts: KnownHosts,
    nameservers: Vec<SocketAddr>,
    rules: Rules,
    timeout: Duration,
    most_body: u64,
}

impl Rules {
    /// Reads the globs.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let mut allowed = GlobSetBuilder::new();
        for host in &options.allow_hosts {
            allowed.add(Glob::new(&host.to_ascii_lowercase()).map_err(|_| Error::Host(host.clone()))?);
        }
        let allowed = allowed.build().map_err(|_| Error::Host(options.allow_hosts.join(" ")))?;
        Ok(Self { allowed, allow_private: options.allow_private })
    }

    /// Whether a host may be reached, as far as its name says; if not, why.
    pub fn check(&self, host: &str, is_from_content: bool) -> Result<(), String> {
        // In a URL another sign would end the name, and what follows it would be no host.
        if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte)) {
            return Err("what is named as the host is none".into());
        }
        let name = host.rsplit_once(':').filter(|(_, port)| is_number(port)).map_or(host, |(name, _)| name);
        let bare = name.trim_matches(['[', ']']);
        if is_from_content && !self.allowed.is_match(host) && !self.allowed.is_match(bare) {
            return Err(format!("only the scanned content names the host {host}; allow it with --verify-host {bare}"));
        }
        let is_private = match bare.parse::<IpAddr>() {
            Ok(address) => address::is_private(address),
            Err(_) => name == "localhost" || name.ends_with(".localhost"),
        };
        if is_private && !self.allow_private {
            return Err(private(host));
        }
        Ok(())
    }
}

impl Client {
    /// Prepares certificates, proxy and addresses.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let proxy = Proxy::try_from_env();
        let proxy_host = proxy.as_ref().map(|proxy| proxy.host().to_owned());
        let (requests, tls) = trust::config(options.ca_file.as_deref())?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(MOST_HEAD)
            .user_agent(USER_AGENT)
            .proxy(proxy)
            .tls_config(requests)
            .build();
        let addresses = Pinned::new(options.allow_private, proxy_host, options.lookup.clone());
        Ok(Self {
            agent: Agent::with_parts(config, DefaultConnector::default(), addresses.clone()),
            addresses,
            tls,
            known_hosts: KnownHosts::read(&options.known_hosts)?,
            nameservers: options.nameservers.clone(),
            rules: Rules::new(options)?,
            timeout: options.timeout,
            most_body: MOST_BODY,
        })
    }

    /// Reads bodies of up to so many bytes, for a host that is trusted more than a provider.
    pub fn reading(self, most_body: u64) -> Self {
        Self { most_body, ..self }
    }

    /// Sends one request and reads the whole answer, all before `deadline`.
    pub fn send(&self, call: &Call, deadline: Instant) -> Result<Answer, Unanswered> {
        self.rules.check(&call.host, call.is_from_content).map_err(forbidden)?;
        let request = request(call).ok_or_else(|| {
            forbidden("it holds characters that no request can carry, so it cannot be one of this provider's".into())
        })?;
        let time = self.timeout.min(deadline.saturating_duration_since(Instant::now()));
        let request = self.agent.configure_request(request).timeout_global(Some(time)).build();
        let response = self.agent.run(request).map_err(|trouble| unanswered(&trouble, &call.host))?;
        let (head, body) = response.into_parts();
        let is_text = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        let headers: BTreeMap<String, String> = head.headers.iter().filter_map(is_text).collect();
        let body = body.into_with_config().limit(self.most_body).read_to_vec();
        let body = body.map_err(|trouble| unanswered(&trouble, &call.host))?;
        if headers.get("content-encoding").is_some_and(|encoding| encoding != "identity") {
            let why = format!("{} sent a packed answer, which was not asked for", call.host);
            return Err(Unanswered { why, is_forbidden: false, is_passing: false });
        }
        Ok(Answer { status: head.status.as_u16(), headers, body })
    }
}

/// Our own rules are against it.
fn forbidden(why: String) -> Unanswered {
    Unanswered { why, is_forbidden: true, is_passing: false }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn private(host: &str) -> String {
    format!("{host} is at a private address; set allow_private in [verify] if it is meant to be reached")
}

/// None where the parts do not make a request: a line break within a header.
fn request(call: &Call) -> Option<Request<Vec<u8>>> {
    let scheme = if call.is_plain { "http" } else { "https" };
    let url = Zeroizing::new(format!("{scheme}://{}{}", call.host, &*call.path));
    let mut builder = Request::builder().method(method(call.method)).uri(url.as_str());
    let headers = builder.headers_mut()?;
    headers.insert(http::header::ACCEPT, HeaderValue::from_static("application/json"));
    if let Some((kind, _)) = &call.body {
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in &call.headers {
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_bytes(name.as_bytes()).ok()?, value);
    }
    let body = call.body.as_ref().map_or_else(Vec::new, |(_, body)| body.as_bytes().to_vec());
    builder.body(body).ok()
}

fn method(method: Method) -> http::Method {
    match method {
        Method::Get => http::Method::GET,
        Method::Head => http::Method::HEAD,
        Method::Post => http::Method::POST,
        Method::Delete => http::Method::DELETE,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
    }
}

/// The client's error in our own words: its own may hold the URL.
fn unanswered(trouble: &Trouble, host: &str) -> Unanswered {
    let (why, is_passing) = match trouble {
        Trouble::Timeout(_) => ("did not answer in time", false),
        Trouble::HostNotFound => ("cannot be found by its name", false),
        Trouble::ConnectionFailed => ("cannot be reached", true),
        Trouble::BodyExceedsLimit(_) | Trouble::LargeResponseHeader(..) => ("sent more than is read", false),
        Trouble::Tls(_) | Trouble::Rustls(_) => ("could not prove by a certificate that it is who it says", false),
        Trouble::ConnectProxyFailed(_) => ("cannot be reached through the proxy", false),
        Trouble::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            ("could not prove by a certificate that it is who it says", false)
        }
        Trouble::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => ("cannot be reached", true),
        Trouble::Io(error) if error.kind() == io::ErrorKind::TimedOut => ("did not answer in time", false),
        Trouble::Io(_) => ("ended the connection early", true),
        Trouble::Other(other) if other.is::<Private>() => {
            return forbidden(private(host));
        }
        _ => ("sent an answer that cannot be read", false),
    };
    Unanswered { why: format!("{host} {why}"), is_forbidden: false, is_passing }
}
