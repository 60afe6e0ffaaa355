//! Keys of AWS, against a server that answers as AWS documents.

use std::collections::BTreeMap;

use jiff::Timestamp;
use straykey::model::finding::Finding;
use straykey::model::validity::Validity;
use straykey::model::verification::{PrincipalKind, Verification};
use straykey::verify::signature::Signer;
use straykey::verify::{self, Options};
use tempfile::TempDir;

use super::super::harness::pattern;
use super::stub::{Asked, Reply, Stub};
use super::{finding, options, try_one};

const HOSTS: [&str; 3] =
    ["sts.us-east-1.amazonaws.com", "sts.us-gov-west-1.amazonaws.com", "sts.cn-north-1.amazonaws.com.cn"];

/// The secret key of AWS's own examples.
fn example() -> String {
    ["wJalrXUtnFEMI/", "K7MDENG", "+bPxRfiCYEXAMPLEKEY"].concat()
}

fn xml(status: u16, body: String) -> Reply {
    Reply::Answer { status, headers: vec!["Content-Type: text/xml".into()], body: body.into_bytes() }
}

fn caller(arn: &str) -> Reply {
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <GetCallerIdentityResult>\n    \
         <Arn>{arn}</Arn>\n    <UserId>AIDASAMPLEUSERID</UserId>\n    <Account>123456789012</Account>\n  \
         </GetCallerIdentityResult>\n  <ResponseMetadata>\n    <RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId>\n  \
         </ResponseMetadata>\n</GetCallerIdentityResponse>\n"
    );
    xml(200, body)
}

fn refusal(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n    <Type>Sender</Type>\n    \
         <Code>{code}</Code>\n    <Message>{message}</Message>\n  </Error>\n  <RequestId>01234567</RequestId>\n</ErrorResponse>"
    );
    xml(status, body)
}

fn stranger() -> Reply {
    refusal(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
}

struct Bench {
    stub: Stub,
    options: Options,
    _folder: TempDir,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let stub = Stub::secure(&HOSTS, &file, |_| stranger());
    let mut options = options(stub.address);
    options.egress.ca_file = Some(file);
    Bench { stub, options, _folder: folder }
}

fn key(session_token: Option<&str>) -> Finding {
    let id = [if session_token.is_some() { "ASIA" } else { "AKIA" }, "Y34FZKBOKMUTVV7A"].concat();
    let mut parts = vec![("key_id", id.as_str())];
    parts.extend(session_token.map(|token| ("session_token", token)));
    let kind = if session_token.is_some() { "aws-temporary-access-key-id" } else { "aws-access-key-id" };
    finding(&pattern(kind), example().as_bytes(), &parts)
}

impl Bench {
    fn ask(&self, finding: Finding, answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Verification {
        self.stub.take();
        self.stub.answer(answer);
        try_one(finding, &BTreeMap::new(), &self.options)
    }
}

/// Requests and signatures that AWS publishes for testing.
#[test]
fn signatures_are_those_that_aws_publishes() {
    let secret = example();
    let signer = Signer {
        key_id: "AKIDEXAMPLE",
        secret: secret.as_bytes(),
        session_token: None,
        region: "us-east-1",
        service: "service",
    };
    let time: Timestamp = "2015-08-30T12:36:00Z".parse().unwrap();
    for (query, signature) in [
        ("", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("Param1=value1&Param2=value2", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    ] {
        let headers = signer.headers("example.amazonaws.com", query, time);
        let (name, proof) = &headers[0];
        let scope = "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
        let whole = format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host;x-amz-date, Signature={signature}");
        assert_eq!((name.as_str(), proof.as_str()), ("authorization", whole.as_str()));
        assert_eq!((headers[1].0.as_str(), headers[1].1.as_str()), ("x-amz-date", "20150830T123600Z"));
    }
}

#[test]
fn a_key_that_works_tells_whose_it_is() {
    let bench = bench();
    for (arn, kind) in [
        ("arn:aws:iam::123456789012:user/nightly", None),
        ("arn:aws:iam::123456789012:root", Some(PrincipalKind::User)),
        ("arn:aws:sts::123456789012:assumed-role/deploy/run-7", Some(PrincipalKind::Service)),
        ("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_1f/ines", Some(PrincipalKind::User)),
    ] {
        let told = bench.ask(key(None), move |_| caller(arn));
        assert_eq!(told.validity, Validity::Active);
        assert_eq!(told.verifier.as_deref(), Some("aws"));
        assert_eq!(told.identity.principal.unwrap().value, arn);
        assert_eq!(told.identity.account.unwrap().value, "123456789012");
        assert_eq!(told.identity.kind, kind, "{arn}");
        let asked = bench.stub.take();
        assert_eq!(asked.len(), 1, "the first partition knows it");
        assert_eq!(asked[0].line.trim_end(), "GET /?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1");
        let proof = asked[0].headers.iter().find(|header| header.to_lowercase().starts_with("authorization: "));
        assert!(proof.unwrap().contains("/us-east-1/sts/aws4_request, SignedHeaders=host;x-amz-date, "));
        assert!(!format!("{asked:?}").contains(&example()), "the secret itself is not sent");
    }
}

#[test]
fn the_token_of_a_temporary_key_is_sent_and_signed_and_without_one_nothing_is() {
    let bench = bench();
    let token = ["IQoJb3JpZ2lu", &"x7Kq".repeat(30)].concat();
    let told = bench.ask(key(Some(&token)), |_| caller("arn:aws:sts::123456789012:assumed-role/deploy/run-7"));
    assert_eq!(told.validity, Validity::Active);
    let asked = format!("{:?}", bench.stub.take());
    assert!(asked.contains("SignedHeaders=host;x-amz-date;x-amz-security-token"));
    assert!(asked.contains(&format!("x-amz-security-token: {token}")));

    let mut bare = key(Some(&token));
    bare.credential.parts.remove("session_token");
    let half = finding(&pattern("aws-access-key-id"), ["AKIA", "Y34FZKBOKMUTVV7A"].concat().as_bytes(), &[]);
    for (finding, what) in [(bare, "session_token"), (half, "key_id")] {
        let told = bench.ask(finding, |_| stranger());
        let Validity::NotChecked { why } = told.validity else { panic!("{:?}", told.validity) };
        assert!(why.contains(what), "{why}");
        assert!(bench.stub.take().is_empty());
    }
}

#[test]
fn only_what_every_partition_refuses_is_refused() {
    let bench = bench();
    let told = bench.ask(key(None), |_| stranger());
    assert_eq!(told.validity, Validity::Inactive);
    let hosts: Vec<String> = bench.stub.take().into_iter().map(|asked| asked.host).collect();
    assert_eq!(hosts, HOSTS);

    let china = |asked: &Asked| match asked.host.ends_with(".cn") {
        true => caller("arn:aws-cn:iam::123456789012:user/nightly"),
        false => stranger(),
    };
    assert_eq!(bench.ask(key(None), china).validity, Validity::Active);
    let blocked = |asked: &Asked| match asked.host.ends_with(".cn") {
        true => Reply::Raw(b"SSH-2.0-nothing\r\n\r\n".to_vec()),
        false => stranger(),
    };
    assert!(matches!(bench.ask(key(None), blocked).validity, Validity::Unknown { .. }));
}

#[test]
fn a_partition_that_knows_the_key_refuses_it_for_all() {
    let bench = bench();
    let wrong = "The request signature we calculated does not match the signature you provided. Check your key.";
    for (code, message) in
        [("SignatureDoesNotMatch", wrong), ("ExpiredToken", "The security token included in the request is expired")]
    {
        let told = bench.ask(key(None), move |_| refusal(403, code, message));
        assert_eq!(told.validity, Validity::Inactive, "{code}");
        assert_eq!(bench.stub.take().len(), 1, "{code}");
    }
}

#[test]
fn what_is_no_refusal_of_the_key_is_unknown() {
    let bench = bench();
    let late = "Signature expired: 20261126T000000Z is now earlier than 20261126T001500Z";
    for (what, reply) in [
        ("a clock", refusal(403, "SignatureDoesNotMatch", late)),
        ("a ban", refusal(403, "AccessDenied", "User is not authorized")),
        ("haste", refusal(400, "Throttling", "Rate exceeded")),
        ("trouble", refusal(500, "InvalidClientTokenId", "what does a server in trouble know")),
        ("a page", xml(403, "<html><Code>InvalidClientTokenId</Code></html>".into())),
        ("a page that is well", xml(200, "<html><Arn>arn:aws:iam::1:root</Arn></html>".into())),
        ("nothing", xml(200, String::new())),
        ("no code", xml(403, "<ErrorResponse><Error/></ErrorResponse>".into())),
    ] {
        let told = bench.ask(key(None), move |_| reply.clone());
        assert!(matches!(told.validity, Validity::Unknown { .. }), "{what}: {:?}", told.validity);
        assert!(told.identity.principal.is_none(), "{what}");
    }
}

#[test]
fn bait_is_not_tried_and_the_plan_names_every_host() {
    let bench = bench();
    let id = ["AKIA", "AYLPMN5HAAAAAAAA"].concat();
    let bait = finding(&pattern("aws-access-key-id"), example().as_bytes(), &[("key_id", &id)]);
    assert!(matches!(bench.ask(bait, |_| stranger()).validity, Validity::NotChecked { .. }));
    assert!(bench.stub.take().is_empty());
    let plan = verify::plan(&[key(None)], &BTreeMap::new(), &bench.options).unwrap().remove(0);
    let requests = plan.requests.unwrap();
    assert_eq!(requests.iter().map(|request| request.host.as_str()).collect::<Vec<_>>(), HOSTS);
    let hosts = verify::hosts(&BTreeMap::new(), &verify::Options::default());
    assert!(HOSTS.iter().all(|host| hosts[*host].contains("aws-access-key-id")));
}
