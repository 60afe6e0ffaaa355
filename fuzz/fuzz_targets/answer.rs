//! Servers of every protocol may answer a login with any bytes: nothing crashes, nothing hangs, and no password is told.
#![no_main]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use straykey::model::finding::Finding;
use straykey::model::judgement::Judgement;
use straykey::model::meter::Meter;
use straykey::model::pattern::{Confidence, Pattern};
use straykey::model::secret::{Credential, Secret};
use straykey::model::verification::Verification;
use straykey::patterns;
use straykey::verify::{self, Options, egress};

#[path = "shared/input.rs"]
mod input;

use input::Input;

/// Types whose servers are logged in to.
const IDS: [&str; 9] = [
    "amqp-connection-uri",
    "ftp-connection-uri",
    "ldap-bind-uri",
    "mongodb-connection-uri",
    "mysql-connection-uri",
    "postgres-connection-uri",
    "redis-connection-uri",
    "smtp-connection-uri",
    "ssh-connection-uri",
];
const UNTOLD: &str = "not-to-be-told";

static PATTERNS: LazyLock<BTreeMap<String, Arc<Pattern>>> = LazyLock::new(|| {
    let all = patterns::builtin().expect("the patterns are sound");
    all.iter().map(|listed| (listed.id.to_string(), Arc::clone(listed.pattern()))).collect()
});

/// What the server says next.
static ANSWERS: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// A server that sends one answer, and another whenever it hears something.
static SERVER: LazyLock<SocketAddr> = LazyLock::new(|| {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let address = listener.local_addr().expect("it has an address");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answers = std::mem::take(&mut *ANSWERS.lock().expect("nobody panics"));
            let _ = stream.set_read_timeout(Some(Duration::from_millis(20)));
            for answer in answers {
                // Whoever hangs up has heard enough.
                if stream.write_all(&answer).is_err() || stream.read(&mut [0; 4096]).is_ok_and(|count| count == 0) {
                    break;
                }
            }
        }
    });
    address
});

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let id = IDS[usize::from(input.byte()) % IDS.len()];
    let mut answers = Vec::new();
    while !input.is_empty() && answers.len() < 8 {
        let count = input.up_to(0xff);
        answers.push(input.take(count).to_vec());
    }
    *ANSWERS.lock().expect("nobody panics") = answers;
    let address = *SERVER;
    let options = Options {
        egress: egress::Options {
            allow_hosts: vec!["*".into()],
            allow_private: true,
            timeout: Duration::from_millis(500),
            lookup: Some(Arc::new(move |_| vec![address])),
            ..egress::Options::default()
        },
        rate: 1000.0,
        ..Options::default()
    };
    let finding = finding(id, address.port());
    let (findings, _) = verify::run(vec![finding], &BTreeMap::new(), &options, &Meter::default()).expect("it begins");
    assert!(!format!("{:?}", findings[0].verification).contains(UNTOLD));
});

fn finding(id: &str, port: u16) -> Finding {
    let port = port.to_string();
    let parts = [("user", "app"), ("host", "db.acme.example"), ("port", port.as_str())];
    let parts = parts.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(value.as_bytes()))).collect();
    Finding {
        fingerprint: "fp1:pub:A".into(),
        lasting: true,
        pattern: PATTERNS[id].clone(),
        credential: Credential { secret: Secret::new(UNTOLD.as_bytes()), parts },
        shown: "…".into(),
        judgement: Judgement { confidence: Confidence::High, reasons: Vec::new() },
        verification: Verification::not_checked(""),
        exposure: None,
        places: Vec::new(),
        suppressed: None,
    }
}
