//! Which certificates are trusted: the system's, or those of a file in their place.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

use super::Error;

/// TLS as strict as it comes: for requests, and for connections of other protocols.
pub(super) fn config(ca_file: Option<&Path>) -> Result<(TlsConfig, Arc<ClientConfig>), Error> {
    let certificates = match ca_file {
        Some(path) => from_file(path)?,
        None => from_system()?,
    };
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates.iter().map(|certificate| certificate.der().to_vec().into()));
    let versions = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let connections = versions.map_err(|_| Error::NoCertificates)?.with_root_certificates(roots).with_no_client_auth();
    let requests = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::Specific(Arc::new(certificates)))
        .unversioned_rustls_crypto_provider(provider)
        .build();
    Ok((requests, Arc::new(connections)))
}

fn from_system() -> Result<Vec<Certificate<'static>>, Error> {
    let found = rustls_native_certs::load_native_certs().certs;
    if found.is_empty() {
        return Err(Error::NoCertificates);
    }
    Ok(found.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect())
}

fn from_file(path: &Path) -> Result<Vec<Certificate<'static>>, Error> {
    let refused = |reason: String| Error::Certificates { path: path.to_owned(), reason };
    let pem = fs::read(path).map_err(|error| refused(error.to_string()))?;
    let mut certificates = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|_| refused("it is not PEM".into()))? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(refused("there is none in it".into()));
    }
    Ok(certificates)
}
