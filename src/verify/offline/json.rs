//! Key files that are JSON, such as Google's: their other fields say whose they are.

use super::Reader;
use crate::model::verification::PrincipalKind;

pub(super) fn read(secret: &str, reader: &mut Reader<'_>) {
    if !secret.trim_start().starts_with('{') {
        return;
    }
    // Within a string literal the quotes are escaped, once or several times over.
    let text = secret.replace('\\', "");
    if let Some(principal) = field(&text, "client_email") {
        reader.keep(|told| &mut told.principal, principal);
        reader.told.identity.kind = Some(PrincipalKind::Service);
    }
    if let Some(project) = field(&text, "project_id").or_else(|| field(&text, "quota_project_id")) {
        reader.keep(|told| &mut told.account, project);
    }
    if let Some(id) = field(&text, "private_key_id") {
        reader.keep(|told| &mut told.public_id, id);
    }
    if let Some(client) = field(&text, "client_id") {
        reader.keep(|told| &mut told.application, client);
    }
}

/// The text of a field, wherever it stands.
pub(in crate::verify) fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, behind) = text.split_once(&format!("\"{name}\""))?;
    let value = behind.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    value.split('"').next()
}
