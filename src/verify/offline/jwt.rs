//! JSON web tokens: what their claims say. The signature is not checked.

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

use super::Reader;
use crate::model::verification::{Expiry, PrincipalKind};

/// The longest claims that are read, in bytes.
const LONGEST: usize = 64 << 10;

pub(super) fn read(secret: &str, reader: &mut Reader<'_>) {
    let Some(claims) = claims(secret) else { return };
    let text = |names: &[&str]| names.iter().find_map(|name| claims.get(*name)?.as_str()).map(str::to_owned);
    let number =
        |name: &str| claims.get(name).and_then(Value::as_f64).filter(|time| *time > 0.0).map(|time| time as i64);
    let issuer = text(&["iss"]);
    if let Some(account) = text(&["tid", "org_id", "ref", "hd"]).or_else(|| issuer.clone()) {
        reader.keep(|told| &mut told.account, &account);
    }
    if let Some(principal) = text(&["upn", "email", "sub", "oid"]) {
        reader.keep(|told| &mut told.principal, &principal);
    }
    if let Some(application) = text(&["azp", "appid", "client_id", "cid"]) {
        reader.keep(|told| &mut told.application, &application);
    }
    if let Some(id) = text(&["jti"]) {
        reader.keep(|told| &mut told.public_id, &id);
    }
    if let Some(host) = issuer.as_deref().and_then(|issuer| issuer.strip_prefix("https://")?.split('/').next()) {
        reader.keep(|told| &mut told.host, host);
    }
    let is_app = claims.get("idtyp").and_then(Value::as_str) == Some("app")
        || claims.get("gty").and_then(Value::as_str) == Some("client-credentials");
    reader.told.identity.kind = is_app.then_some(PrincipalKind::App);
    let scopes = ["scope", "scp", "scopes", "roles", "permissions"].iter().find_map(|name| claims.get(*name));
    reader.told.scopes = scopes.and_then(list).map(|scopes| {
        let mut fit: Vec<String> = scopes.into_iter().filter(|scope| !reader.veil.touches(scope)).collect();
        fit.sort();
        fit
    });
    reader.told.created_at = number("iat");
    reader.told.expiry = number("exp").map_or(Expiry::Untold, Expiry::At);
}

fn claims(secret: &str) -> Option<Value> {
    let mut pieces = secret.split('.');
    let (head, body, signature) = (pieces.next()?, pieces.next()?, pieces.next()?);
    if !head.starts_with("eyJ") || body.len() > LONGEST || signature.is_empty() || pieces.next().is_some() {
        return None;
    }
    let claims = BASE64URL_NOPAD.decode(body.trim_end_matches('=').as_bytes()).ok()?;
    serde_json::from_slice(&claims).ok().filter(Value::is_object)
}

fn list(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(text.split_whitespace().map(str::to_owned).collect()),
        Value::Array(list) => Some(list.iter().filter_map(Value::as_str).take(200).map(str::to_owned).collect()),
        _ => None,
    }
}
