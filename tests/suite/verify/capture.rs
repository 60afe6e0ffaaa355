//! A run over many types of which everything is captured: no secret is anywhere but in requests to the host that it belongs to.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use data_encoding::{BASE64, HEXLOWER};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use straykey::model::declaration::Declaration;
use straykey::model::pattern::Kind;
use straykey::model::scan::Scanner;
use straykey::patterns;

use super::super::harness::{DETECTOR, Run, Sandbox, example, on_terminal, sample, straykey};
use super::logins::serve;
use super::servers::{self, ENCODED};
use super::ssh::{by_password, known_hosts};
use super::stub::identity;

/// Types that are planted at most.
const MOST: usize = 60;
/// A password in the URI of a server that speaks no HTTP.
const PASSWORD: &str = "vR8kq2LmZt4XwPd9";
/// One that nobody may hear: its server is not known.
const UNHEARD: &str = "hX4tNw9bQe7RzKm3";
/// Without it nothing is kept from run to run.
const INVENTORY: &str = "version: 1\nowners:\n  - {id: ops, kind: team}\nintegrations: []\n";

/// A secret in a file.
struct Planted {
    id: String,
    text: String,
    secret: Vec<u8>,
    /// Who may hear of it.
    hosts: BTreeSet<String>,
}

/// What each host was sent.
type Heard = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// Types whose hosts stand in their patterns.
fn plant() -> Vec<Planted> {
    let mut planted: Vec<Planted> = Vec::new();
    for declaration in patterns::builtin_declarations().unwrap() {
        let hosts = hosts(&declaration);
        let pattern = super::super::harness::pattern(&declaration.pattern);
        let is_fit = !hosts.is_empty() && !pattern.generic && pattern.alone.is_none() && !pattern.anchors.is_empty();
        if !is_fit || pattern.kind == Kind::PublishableKey || planted.len() == MOST {
            continue;
        }
        let text = sample(&pattern.id).unwrap_or_else(|| example(&pattern.id, 7));
        let found = DETECTOR.scan(text.as_bytes()).matches;
        let Some(found) = found.into_iter().find(|found| found.pattern.id == pattern.id) else { continue };
        let secret = found.credential.secret.expose().to_vec();
        let is_alike = |other: &Planted| contains(&other.secret, &secret) || contains(&secret, &other.secret);
        if secret.len() >= 16 && secret.is_ascii() && !planted.iter().any(is_alike) {
            planted.push(Planted { id: pattern.id.to_string(), text, secret, hosts });
        }
    }
    planted
}

/// The hosts of a declaration; none where content names one.
fn hosts(declaration: &Declaration) -> BTreeSet<String> {
    let steps = declaration.steps.iter().map(|step| &step.request);
    let all: Option<BTreeSet<String>> = steps.clone().map(|request| request.host.literal()).collect();
    let mut all = all.unwrap_or_default();
    if !all.is_empty() {
        all.extend(steps.flat_map(|request| request.other_hosts.clone()));
    }
    all
}

fn contains(text: &[u8], piece: &[u8]) -> bool {
    memchr::memmem::find(text, piece).is_some()
}

/// Whether a text tells a secret: as it is, or in a form that anybody can turn back.
fn tells(text: &[u8], secret: &[u8]) -> bool {
    let base64 = BASE64.encode(secret);
    let forms = [
        secret.to_vec(),
        base64.trim_end_matches('=').into(),
        HEXLOWER.encode(secret).into(),
        percent_encode(secret, NON_ALPHANUMERIC).to_string().into(),
    ];
    forms.iter().any(|form| contains(text, form))
}

/// Which of the secrets a text tells.
fn leaks<'p>(planted: &'p [Planted], text: &[u8]) -> Vec<&'p str> {
    planted.iter().filter(|one| tells(text, &one.secret)).map(|one| one.id.as_str()).collect()
}

/// Which of the secrets hosts were sent that they do not belong to.
fn misled(planted: &[Planted], heard: &[(String, Vec<u8>)]) -> Vec<String> {
    let wrong = heard.iter().flat_map(|(host, request)| {
        let told = planted.iter().filter(move |one| tells(request, &one.secret) && !one.hosts.contains(host));
        told.map(move |one| format!("{} to {host}", one.id))
    });
    wrong.collect()
}

/// A proxy behind which it is every host itself, and tells all that it hears back to whoever said it.
fn everybody(tls: Arc<ServerConfig>, heard: Heard) -> SocketAddr {
    serve(move |stream| {
        let mut stream = BufReader::new(stream);
        let head = head(&mut stream)?;
        let host = head.split_whitespace().nth(1).unwrap_or_default().trim_end_matches(":443").to_owned();
        stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        let stream = stream.into_inner();
        answer(StreamOwned::new(ServerConnection::new(tls.clone()).unwrap(), stream), &host, &heard)
    })
}

fn head(stream: &mut impl BufRead) -> std::io::Result<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(head)
}

fn answer(stream: StreamOwned<ServerConnection, TcpStream>, host: &str, heard: &Heard) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let head = head(&mut stream)?;
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let length = header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let proof = header("authorization").unwrap_or_default();
    let word = proof.rsplit(' ').next().unwrap_or_default().to_owned();
    let mut whole = [head.as_bytes(), &body].concat();
    // What stands in it in base64, or percent-encoded, was sent too.
    whole.extend(BASE64.decode(word.as_bytes()).unwrap_or_default());
    whole.extend(percent_decode_str(&String::from_utf8_lossy(&whole)).collect::<Vec<u8>>());
    heard.lock().unwrap().push((host.to_owned(), whole.clone()));
    let status = [200, 401, 403, 500][host.len() % 4];
    let said = [word, String::from_utf8_lossy(&whole).into_owned()];
    let [short, long] = said.map(|text| serde_json::to_string(&text).unwrap());
    let names = ["id", "name", "login", "username", "email", "error", "message", "scope", "account", "organization"];
    let fields: Vec<String> = names.iter().map(|name| format!("\"{name}\":{short}")).collect();
    let fields = fields.join(",");
    let body = format!("{{{fields},\"data\":{{{fields}}},\"user\":{{{fields}}},\"detail\":{long}}}");
    let id = header("authorization").unwrap_or_default();
    let length = body.len();
    let reply = format!(
        "HTTP/1.1 {status} So\r\nContent-Type: application/json\r\nX-Request-Id: {id}\r\nX-OAuth-Scopes: {id}\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    let stream = stream.get_mut();
    stream.write_all(reply.as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()
}

/// A server of passwords that tells them back.
fn redis(heard: Heard) -> SocketAddr {
    serve(move |mut stream| {
        for reply in ["-NOAUTH Authentication required.", "-WRONGPASS you said "] {
            let mut bytes = vec![0; 4096];
            let count = stream.read(&mut bytes)?;
            bytes.truncate(count);
            let port = stream.local_addr()?.port();
            heard.lock().unwrap().push((format!("127.0.0.1:{port}"), bytes.clone()));
            stream.write_all(&[reply.as_bytes(), &bytes].concat())?;
            stream.write_all(b"\r\n")?;
        }
        Ok(())
    })
}

/// All that lies in a folder, names included, but for what was planted.
fn lies(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend(path.to_string_lossy().as_bytes());
        match path.is_dir() {
            true if path.ends_with("src") => {}
            true => all.extend(lies(&path)),
            false => all.extend(fs::read(&path).unwrap()),
        }
    }
    all
}

#[test]
fn secrets_are_nowhere_but_in_requests_to_their_hosts() {
    let sandbox = Sandbox::new();
    let mut planted = plant();
    assert_eq!(planted.len(), MOST);
    let heard = Heard::default();
    let database = redis(heard.clone());
    planted.push(Planted {
        id: "redis-connection-uri".into(),
        text: ["CACHE=redis:", "//app:", PASSWORD, "@", &database.to_string(), "/0"].concat(),
        secret: PASSWORD.into(),
        hosts: BTreeSet::from([database.to_string()]),
    });
    let (known, host) = by_password("any");
    let (strange, _) = by_password("any");
    let at = |port: u16| format!("127.0.0.1:{port}");
    let by_ssh = |password: &str, port: u16| ["TARGET=sftp:", "//app:", password, "@", &at(port), "/in"].concat();
    planted.push(Planted {
        id: "ssh-connection-uri".into(),
        text: by_ssh(ENCODED, known.port),
        secret: servers::PASSWORD.into(),
        hosts: BTreeSet::from([at(known.port)]),
    });
    planted.push(Planted {
        id: "unheard".into(),
        text: by_ssh(UNHEARD, strange.port),
        secret: UNHEARD.into(),
        hosts: BTreeSet::new(),
    });
    let named = fs::read_to_string(known_hosts(&known, &host, false)).unwrap();
    sandbox.write("known_hosts", named.replace("db.acme.example", "127.0.0.1"));
    sandbox.write("i.yaml", INVENTORY);
    for one in &planted {
        sandbox.write(&format!("src/{}.txt", one.id), format!("{}\n", one.text));
    }
    let names: BTreeSet<&str> = planted.iter().flat_map(|one| &one.hosts).map(String::as_str).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| !name.contains(':')).collect();
    let tls = identity(&names, &sandbox.at("ca.pem"));
    let proxy = format!("http://{}", everybody(tls, heard.clone()));
    let settings = "[verify]\nca_file = \"ca.pem\"\nallow_private = true\nallow_hosts = [\"127.0.0.1\"]\n\
                    known_hosts = [\"known_hosts\"]\n";
    sandbox.write("straykey.toml", format!("{settings}rate = 100\n"));
    sandbox.write("slow.toml", format!("{settings}rate = 1\n"));
    fs::create_dir(sandbox.at("tmp")).unwrap();
    let end = |run: Run, words: &[&str]| {
        let run = run.args(&["scan", "src", "--min-confidence", "low"]).args(words).env("HTTPS_PROXY", &proxy);
        let end = run.env("TMPDIR", sandbox.at("tmp").to_str().unwrap()).within(sandbox.path()).end();
        [end.stdout(), end.stderr()].concat().into_bytes()
    };
    let scan = |words: &[&str]| end(straykey(&[]), &[words, &["--config", "straykey.toml"]].concat());
    for format in ["text", "json", "jsonl", "sarif", "markdown", "csv"] {
        let kept = ["--inventory", "i.yaml", "--observations", "observed.json", "--audit-log", "calls.jsonl"];
        let said = scan(&[["--verify", "-v", "--format", format].as_slice(), &kept].concat());
        assert!(said.len() > 5_000, "{format}: {}", String::from_utf8_lossy(&said));
        assert_eq!(leaks(&planted, &said), [""; 0], "{format} tells them");
    }
    assert_eq!(leaks(&planted, &scan(&["--verify-plan"])), [""; 0], "the plan tells them");
    // On a terminal there is a bar, where the work is long enough.
    let said = end(on_terminal(&[]), &["--verify", "--config", "slow.toml"]);
    assert!(contains(&said, b" left"), "there is no bar: {}", String::from_utf8_lossy(&said));
    assert_eq!(leaks(&planted, &said), [""; 0], "the terminal tells them");
    let observed = fs::read_to_string(sandbox.at("observed.json")).unwrap();
    assert!(observed.contains("active"), "{observed}");
    let calls = fs::read_to_string(sandbox.at("calls.jsonl")).unwrap();
    assert!(calls.lines().count() > MOST, "{calls}");
    assert_eq!(leaks(&planted, &lies(sandbox.path())), [""; 0], "a file tells them");
    let mut heard = heard.lock().unwrap().clone();
    for server in [&known, &strange] {
        let seen = fs::read(server.folder.path().join("any/seen")).unwrap_or_default();
        heard.push((at(server.port), seen));
    }
    assert_eq!(misled(&planted, &heard), [""; 0]);

    // All this is seen only if it is looked for rightly: shown secrets are found, and so are those that hosts were sent.
    let is_heard = |secret: &str| heard.iter().any(|(_, request)| tells(request, secret.as_bytes()));
    assert!(is_heard(servers::PASSWORD) && !is_heard(UNHEARD));
    let shown = leaks(&planted, &scan(&["--show-secrets", "--format", "text"])).len();
    assert!(shown > MOST * 9 / 10, "{shown} of {} are found where they are shown", planted.len());
    let sent = planted.iter().filter(|one| heard.iter().any(|(_, request)| tells(request, &one.secret))).count();
    assert!(sent > MOST * 3 / 4, "{sent} of {} are found where they were sent", planted.len());
    planted.iter_mut().for_each(|one| one.hosts.clear());
    assert!(misled(&planted, &heard).len() >= sent, "hosts that have no right to them are named");
}
