//! Keys of Alibaba Cloud, against a server that checks signatures as it documents them.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use ring::hmac;
use straykey::model::validity::Validity;
use straykey::model::verification::{PrincipalKind, Verification};

use super::super::harness::pattern;
use super::stub::{Asked, Reply, Stub, json};
use super::{finding, options, try_one};

const SECRET: &str = "Zq8vT3nW5xK1rB7mY2pL9cD4hF6jG0";

fn encode(text: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, KEPT).to_string()
}

/// What the server makes of the settings in a query: their signature.
fn signature(settings: &BTreeMap<String, String>, secret: &str) -> String {
    let pairs: Vec<String> =
        settings.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let text = format!("GET&{}&{}", encode("/"), encode(&pairs.join("&")));
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, format!("{secret}&").as_bytes());
    BASE64.encode(hmac::sign(&key, text.as_bytes()).as_ref())
}

fn settings(query: &str) -> BTreeMap<String, String> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

/// The test's own signature is that of the example that Alibaba Cloud publishes.
#[test]
fn the_published_example_is_signed_as_published() {
    let query = "SignatureVersion=1.0&Format=XML&Timestamp=2016-02-23T12%3A46%3A24Z&AccessKeyId=testid&\
                 SignatureMethod=HMAC-SHA1&Version=2014-05-26&Action=DescribeRegions&\
                 SignatureNonce=3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf";
    assert_eq!(signature(&settings(query), "testsecret"), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
}

fn answer(asked: &Asked) -> Reply {
    let path = asked.line.split(' ').nth(1).unwrap();
    let mut settings = settings(path.strip_prefix("/?").unwrap());
    let given = settings.remove("Signature").unwrap();
    let refusal = |code: &str| json(400, &format!("{{\"Code\":\"{code}\",\"Message\":\"no\",\"RequestId\":\"1\"}}"));
    match settings["AccessKeyId"].as_str() {
        "LTAIunknownunknown" => {
            json(404, "{\"Code\":\"InvalidAccessKeyId.NotFound\",\"Message\":\"Specified access key is not found.\"}")
        }
        "LTAIlatelatelatela" => refusal("InvalidTimeStamp.Expired"),
        _ if signature(&settings, SECRET) != given => refusal("SignatureDoesNotMatch"),
        _ => json(
            200,
            "{\"AccountId\":\"1234567890123456\",\"Arn\":\"acs:ram::1234567890123456:assumed-role/deploy/run\",\
             \"IdentityType\":\"AssumedRoleUser\",\"UserId\":\"2\"}",
        ),
    }
}

#[test]
fn keys_of_alibaba_cloud() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let stub = Stub::secure(&["sts.aliyuncs.com"], &file, answer);
    let mut options = options(stub.address);
    options.egress.ca_file = Some(file);
    let ask = |kind: &str, secret: &str, parts: &[(&str, &str)]| -> Verification {
        try_one(finding(&pattern(kind), secret.as_bytes(), parts), &BTreeMap::new(), &options)
    };
    let id = ["LTAI", "5tRLiiKpY2fTVWxipn"].concat();
    let told = ask("alibaba-access-key-id", SECRET, &[("key_id", &id)]);
    assert_eq!(told.validity, Validity::Active);
    assert_eq!(told.identity.account.unwrap().value, "1234567890123456");
    assert_eq!(told.identity.kind, Some(PrincipalKind::Service));
    let wrong = SECRET.replace('Z', "X");
    assert_eq!(ask("alibaba-access-key-id", &wrong, &[("key_id", &id)]).validity, Validity::Inactive);
    let parts = [("key_id", "LTAIunknownunknown")];
    assert_eq!(ask("alibaba-access-key-id", SECRET, &parts).validity, Validity::Inactive);
    let late = ask("alibaba-access-key-id", SECRET, &[("key_id", "LTAIlatelatelatela")]).validity;
    assert!(matches!(&late, Validity::Unknown { why } if why.contains("InvalidTimeStamp.Expired")), "{late:?}");
    let sts = ["STS.", "NlnBiQmRzEDx33lx"].concat();
    let token = [("key_id", sts.as_str()), ("security_token", "CAIS+oIAz6/Ou=")];
    assert_eq!(ask("alibaba-sts-credential", SECRET, &token).validity, Validity::Active);
    assert!(!format!("{:?}", stub.take()).contains(SECRET), "the secret itself is not sent");
    for (kind, secret, parts) in [
        ("alibaba-sts-credential", SECRET, vec![("key_id", sts.as_str())]),
        ("alibaba-access-key-id", id.as_str(), vec![("key_id", id.as_str())]),
        ("alibaba-access-key-secret", SECRET, vec![]),
    ] {
        let told = ask(kind, secret, &parts).validity;
        assert!(matches!(told, Validity::NotChecked { .. }), "{kind}: {told:?}");
    }
    assert!(stub.take().is_empty());
}
