//! Passwords in JDBC URLs: hands them to whoever speaks to that kind of server.

use super::Verifier;
use super::login::Server;
use super::session::Session;
use super::{mysql, postgres};
use crate::model::plan::Planned;
use crate::model::secret::Credential;
use crate::model::verification::Verification;

/// Kinds of servers, as the URLs name them.
static SERVERS: [(&str, &Server); 3] =
    [("mariadb", &mysql::URI), ("mysql", &mysql::URI), ("postgresql", &postgres::URI)];

/// Verifies passwords in JDBC URLs.
pub(super) struct Jdbc;

/// Who speaks to the server; if nobody does, why.
fn server(credential: &Credential) -> Result<&'static Server, String> {
    let kind = credential.parts.get("engine").and_then(|kind| std::str::from_utf8(kind.expose()).ok());
    let kind = kind.unwrap_or_default().trim_end_matches(':');
    let found = SERVERS.iter().find(|(name, _)| *name == kind).map(|(_, server)| *server);
    found.ok_or_else(|| "there is no verifier for this kind of database".into())
}

impl Verifier for Jdbc {
    fn name(&self) -> String {
        "jdbc".into()
    }

    fn hosts(&self) -> Vec<String> {
        SERVERS.iter().flat_map(|(_, server)| server.hosts()).collect()
    }

    fn plan(&self, credential: &Credential) -> Result<Vec<Planned>, String> {
        server(credential)?.plan(credential)
    }

    fn verify(&self, credential: &Credential, session: &Session<'_>) -> Verification {
        server(credential).map_or_else(Verification::not_checked, |server| server.verify(credential, session))
    }
}
