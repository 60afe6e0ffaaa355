//! Which verifiers are code, and for what.
//!
//! Comes in: a pattern's id. Goes out: its verifier, which has a file of its own; those that log in to servers share `login`.

use super::alibaba::Alibaba;
use super::aws::Aws;
use super::azure_storage::AzureStorage;
use super::docker::Docker;
use super::gcp::Gcp;
use super::jdbc::Jdbc;
use super::jwt::Jwt;
use super::npm::Npm;
use super::sas::Sas;
use super::session::Session;
use super::{Verifier, amqp, ftp, ldap, mongodb, mysql, postgres, redis, s3, smtp, ssh};
use crate::model::plan::Planned;
use crate::model::secret::Credential;
use crate::model::verification::Verification;

/// A row is a pattern's id and its verifier.
pub(super) static ALL: [(&str, &dyn Verifier); 33] = [
    ("alibaba-access-key-id", &Alibaba),
    ("alibaba-access-key-secret", &Alibaba),
    ("alibaba-sts-credential", &Alibaba),
    ("amqp-connection-uri", &amqp::URI),
    ("aws-access-key-id", &Aws),
    ("aws-secret-access-key", &Aws),
    ("aws-temporary-access-key-id", &Aws),
    ("azure-sas-url", &Sas),
    ("azure-storage-account-key", &AzureStorage),
    ("azure-storage-account-key-by-name", &AzureStorage),
    ("azure-storage-connection-string", &AzureStorage),
    ("cloudflare-r2-secret-key", &s3::R2),
    ("digitalocean-spaces-key", &s3::SPACES),
    ("docker-registry-auth", &Docker),
    ("ftp-connection-uri", &ftp::URI),
    ("gcp-service-account-key", &Gcp),
    ("jdbc-connection-string", &Jdbc),
    ("jdbc-connection-string-userinfo", &Jdbc),
    ("jwt-token", &Jwt),
    ("ldap-bind-uri", &ldap::URI),
    ("mongodb-connection-uri", &mongodb::URI),
    ("mysql-connection-dsn", &mysql::DSN),
    ("mysql-connection-uri", &mysql::URI),
    ("npm-registry-auth", &Npm::Pair),
    ("npm-registry-auth-token", &Npm::Token),
    ("npm-registry-password", &Npm::Password),
    ("postgres-connection-keywords", &postgres::KEYWORDS),
    ("postgres-connection-string-ado-net", &postgres::KEYWORDS),
    ("postgres-connection-uri", &postgres::URI),
    ("redis-connection-uri", &redis::URI),
    ("smtp-connection-uri", &smtp::URI),
    ("ssh-connection-uri", &ssh::URI),
    ("ssh-sshpass", &ssh::COMMAND),
];

/// The verifier of a pattern, if it is code.
pub(super) fn find(pattern: &str) -> Option<Shared> {
    ALL.iter().find(|(id, _)| *id == pattern).map(|(_, verifier)| Shared(*verifier))
}

/// A verifier that lives as long as the program.
pub(super) struct Shared(&'static dyn Verifier);

impl Verifier for Shared {
    fn name(&self) -> String {
        self.0.name()
    }

    fn plan(&self, credential: &Credential) -> Result<Vec<Planned>, String> {
        self.0.plan(credential)
    }

    fn verify(&self, credential: &Credential, session: &Session<'_>) -> Verification {
        self.0.verify(credential, session)
    }
}
