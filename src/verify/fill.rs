//! Fills the holes of a declared request with the secret and the values beside it, written as each place demands.
//!
//! Comes in: a template and values, which are hostile. Goes out: a request whose shape the values cannot change, or why
//! there is none.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::egress::Call;
use crate::model::declaration::{BodyKind, Piece, Request, SECRET, Template};
use crate::model::secret::Credential;

/// The longest value that is sent.
const LONGEST: usize = 16 << 10;

/// What holes are filled with.
pub(super) struct Values<'a> {
    credential: &'a Credential,
    /// What earlier answers gave.
    pub(super) taken: BTreeMap<String, Zeroizing<String>>,
}

/// How a value is written where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Host,
    Url,
    Header,
    Json,
}

impl<'a> Values<'a> {
    pub(super) fn new(credential: &'a Credential) -> Self {
        Self { credential, taken: BTreeMap::new() }
    }

    /// The request, ready to be sent; if it cannot be made, why, as one clause.
    pub(super) fn call(&self, request: &Request) -> Result<Call, String> {
        let mut headers = Vec::new();
        for header in &request.headers {
            let value = self.text(&header.value, Place::Header)?;
            let value = match header.is_basic {
                true => Zeroizing::new(format!("Basic {}", BASE64.encode(value.as_bytes()))),
                false => value,
            };
            headers.push((header.name.clone(), value));
        }
        let body = match &request.body {
            Some(body) => {
                let place = if body.kind == BodyKind::Json { Place::Json } else { Place::Url };
                Some((body.kind.content_type(), self.text(&body.text, place)?))
            }
            None => None,
        };
        Ok(Call {
            method: request.method,
            is_plain: request.is_plain,
            host: self.host(request)?,
            is_from_content: request.host.literal().is_none(),
            path: self.text(&request.path, Place::Url)?,
            headers,
            body,
        })
    }

    /// The host alone, which is no secret.
    pub(super) fn host(&self, request: &Request) -> Result<String, String> {
        let host = self.text(&request.host, Place::Host)?.to_ascii_lowercase();
        let (name, port) = host.rsplit_once(':').unwrap_or((&host, "443"));
        let is_label = |label: &str| !label.is_empty() && label.len() < 64;
        let is_name = name.split('.').all(is_label) || name.starts_with('[');
        match is_name && name.len() < 254 && port.parse::<u16>().is_ok() {
            true => Ok(host.clone()),
            false => Err("what stands beside it is no name of a host".into()),
        }
    }

    fn text(&self, template: &Template, place: Place) -> Result<Zeroizing<String>, String> {
        let mut text = Zeroizing::new(String::new());
        for piece in &template.0 {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Value(name) => write(self.value(name)?, place, &mut text)
                    .ok_or_else(|| format!("its `{name}` holds characters that the request cannot carry"))?,
            }
        }
        Ok(text)
    }

    fn value(&self, name: &str) -> Result<&[u8], String> {
        let taken = self.taken.get(name).map(|value| value.as_bytes());
        let part = || self.credential.parts.get(name).map(|part| part.expose());
        let value = match name {
            SECRET => Some(self.credential.secret.expose()),
            _ => taken.or_else(part),
        };
        let value = value.ok_or_else(|| format!("it needs `{name}`, which did not stand near it"))?;
        if value.len() > LONGEST { Err("it is longer than any credential".into()) } else { Ok(value) }
    }
}

/// Appends a value; none where it has characters that the place has no way to write.
fn write(value: &[u8], place: Place, text: &mut String) -> Option<()> {
    match place {
        Place::Host => {
            let value = std::str::from_utf8(value).ok()?;
            let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b".-:".contains(&byte);
            (!value.is_empty() && value.bytes().all(is_fit)).then(|| text.push_str(value))
        }
        Place::Header => {
            let value = std::str::from_utf8(value).ok()?;
            // A line break would begin a header of its own.
            value.bytes().all(|byte| (b' '..=b'~').contains(&byte)).then(|| text.push_str(value))
        }
        Place::Json => {
            let quoted = Zeroizing::new(serde_json::to_string(std::str::from_utf8(value).ok()?).ok()?);
            text.push_str(quoted.get(1..quoted.len() - 1)?);
            Some(())
        }
        Place::Url => {
            // A path of dots alone would mean another path.
            if matches!(value, b"." | b".." | b"") {
                return None;
            }
            for byte in value {
                match byte {
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                        text.push(char::from(*byte));
                    }
                    _ => text.push_str(&format!("%{byte:02X}")),
                }
            }
            Some(())
        }
    }
}
