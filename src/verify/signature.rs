//! AWS's signature of a request, version 4: only who has the secret key can make it, and the key itself is not sent.
//!
//! Comes in: a key, the scope and what is asked. Goes out: the headers that prove the key. It must not know what is asked.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use ring::{digest, hmac};
use zeroize::Zeroizing;

/// SHA-256 of no body.
const NO_BODY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Who signs, and for which service.
pub struct Signer<'a> {
    /// The public half of the key.
    pub key_id: &'a str,
    /// The secret half.
    pub secret: &'a [u8],
    /// The token of a key that was lent for a time.
    pub session_token: Option<&'a str>,
    /// Region, such as `us-east-1`.
    pub region: &'a str,
    /// Service, such as `sts`.
    pub service: &'a str,
}

impl Signer<'_> {
    /// The headers of a `GET /?QUERY` at `host`. The query is sorted by its names, and encoded.
    pub fn headers(&self, host: &str, query: &str, time: Timestamp) -> Vec<(String, Zeroizing<String>)> {
        let now = time.strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = &now[..8];
        let mut signed = vec![("host", host)];
        // Stores of objects want to know what they get.
        signed.extend((self.service == "s3").then_some(("x-amz-content-sha256", NO_BODY)));
        signed.push(("x-amz-date", &now));
        signed.extend(self.session_token.map(|token| ("x-amz-security-token", token)));
        let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let mut request = Zeroizing::new(format!("GET\n/\n{query}\n"));
        signed.iter().for_each(|(name, value)| request.push_str(&format!("{name}:{value}\n")));
        request.push_str(&format!("\n{names}\n{NO_BODY}"));

        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let request = digest::digest(&digest::SHA256, request.as_bytes());
        let text = format!("AWS4-HMAC-SHA256\n{now}\n{scope}\n{}", HEXLOWER.encode(request.as_ref()));
        let signature = HEXLOWER.encode(hmac::sign(&self.key(day), text.as_bytes()).as_ref());
        let proof = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.key_id
        );
        let mut headers = vec![("authorization".to_owned(), Zeroizing::new(proof))];
        let sent = signed.into_iter().skip(1);
        headers.extend(sent.map(|(name, value)| (name.to_owned(), Zeroizing::new(value.to_owned()))));
        headers
    }

    /// The key of one day, region and service.
    fn key(&self, day: &str) -> hmac::Key {
        let start = Zeroizing::new([b"AWS4", self.secret].concat());
        let start = hmac::Key::new(hmac::HMAC_SHA256, &start);
        [day, self.region, self.service, "aws4_request"]
            .iter()
            .fold(start, |key, part| hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref()))
    }
}
