//! Addresses: which may be reached, and that a name has the same ones until the end of the run.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Gives the addresses of `host:port`, in place of the system.
pub type Lookup = Arc<dyn Fn(&str) -> Vec<SocketAddr> + Send + Sync>;

/// Says of an error of the client that an address was refused.
#[derive(Debug, thiserror::Error)]
#[error("the address is private")]
pub(super) struct Private;

/// Resolves each name once and refuses private addresses. A copy knows the same names.
#[derive(Clone)]
pub(super) struct Pinned {
    /// Private addresses may be reached.
    pub(super) allow_private: bool,
    /// The proxy, which the user's environment names and which may be anywhere.
    pub(super) proxy: Option<String>,
    /// In place of the system.
    pub(super) lookup: Option<Lookup>,
    pins: Arc<Mutex<HashMap<String, Vec<SocketAddr>>>>,
}

impl Pinned {
    pub(super) fn new(allow_private: bool, proxy: Option<String>, lookup: Option<Lookup>) -> Self {
        Self { allow_private, proxy, lookup, pins: Arc::default() }
    }

    /// The addresses of a URI's host, of which there is at least one.
    pub(super) fn find(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
        is_proxy: bool,
    ) -> Result<Vec<SocketAddr>, Error> {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else { return Err(Error::HostNotFound) };
        let name = DefaultResolver::host_and_port(scheme, authority).ok_or(Error::HostNotFound)?;
        let pinned = self.pins.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        let found = match pinned {
            Some(found) => found,
            None => {
                let found = self.look_up(&name, uri, config, timeout)?;
                // Another thread may have been faster: the first answer counts for all.
                let mut pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
                pins.entry(name).or_insert(found).clone()
            }
        };
        if !self.allow_private && !is_proxy && found.iter().any(|address| is_private(address.ip())) {
            return Err(Error::Other(Box::new(Private)));
        }
        if found.is_empty() { Err(Error::HostNotFound) } else { Ok(found) }
    }

    fn look_up(&self, name: &str, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<Vec<SocketAddr>, Error> {
        match &self.lookup {
            Some(lookup) => Ok(lookup(name)),
            None => Ok(DefaultResolver::default().resolve(uri, config, timeout)?.to_vec()),
        }
    }
}

impl fmt::Debug for Pinned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pinned").finish_non_exhaustive()
    }
}

impl Resolver for Pinned {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let is_proxy = self.proxy.is_some() && self.proxy.as_deref() == uri.host();
        let mut addresses = self.empty();
        // The list holds no more.
        let found = self.find(uri, config, timeout, is_proxy)?;
        found.into_iter().take(16).for_each(|address| addresses.push(address));
        Ok(addresses)
    }
}

/// Whether an address is not one of the public internet.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || first == 0
        || (first == 100 && second & 0xc0 == 64)
        || (first == 192 && second == 0 && third == 0)
        || (first == 198 && second & 0xfe == 18)
        || first >= 224
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let embedded = |at: usize| {
        let [high, low] = [segments[at], segments[at + 1]].map(u16::to_be_bytes);
        is_private_v4(Ipv4Addr::new(high[0], high[1], low[0], low[1]))
    };
    match segments {
        // Addresses of version 4 in those of version 6: mapped, compatible (and loopback), translated, 6to4.
        [0, 0, 0, 0, 0, 0xffff | 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => segments[..7] == [0; 7] || embedded(6),
        [0x2002, ..] => embedded(1),
        // Only 2000::/3 is given out; documentation and Teredo are within it.
        [first, second, ..] => first & 0xe000 != 0x2000 || (first == 0x2001 && matches!(second, 0 | 0xdb8)),
    }
}
