//! Logins by SSH: private keys at a real server of OpenSSH's, passwords at one made with a library, for which nobody need be root.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use straykey::model::validity::Validity;
use straykey::model::verification::Verification;
use straykey::verify::Options;
use straykey::verify::ssh::SshKey;

use super::super::harness::pattern;
use super::servers::{
    ENCODED, PASSWORD, Server, ask, folder, free_port, other_than_root, program, python, run, unknown,
};
use super::{finding, try_one};

const URI: &str = "ssh-connection-uri";
const WRONG: &str = "Zq8vT3nW5x";
const HOST: &str = "db.acme.example";

/// A new key in a folder; its public half.
fn key(command: &impl Fn(&Path) -> Command, kind: &[&str], file: &Path) -> String {
    run(command(&program(&["ssh-keygen"], "/usr/bin"))
        .args(["-q", "-N", "", "-C", "of a test", "-t"])
        .args(kind)
        .arg("-f")
        .arg(file));
    fs::read_to_string(file.with_extension("pub")).unwrap()
}

fn print_of(file: &Path) -> String {
    let told = Command::new("ssh-keygen").arg("-lf").arg(file).output().unwrap();
    String::from_utf8(told.stdout).unwrap().split_whitespace().nth(1).unwrap().to_owned()
}

/// A file that names the key of a server; as OpenSSH writes it, or with its names hashed.
pub(super) fn known_hosts(server: &Server, public: &str, is_hashed: bool) -> PathBuf {
    let file = server.folder.path().join("known_hosts");
    let public: Vec<&str> = public.split(' ').take(2).collect();
    fs::write(&file, format!("# servers\n\n[{HOST}]:{} {}\n", server.port, public.join(" "))).unwrap();
    if is_hashed {
        run(Command::new("ssh-keygen").arg("-Hf").arg(&file));
        assert!(!fs::read_to_string(&file).unwrap().contains(HOST));
    }
    file
}

/// A server that takes passwords, and its host key.
pub(super) fn by_password(prefix: &str) -> (Server, String) {
    let (folder, command) = folder();
    let place = folder.path().join(prefix);
    run(command(Path::new("/bin/mkdir")).arg(&place));
    let host = key(&command, &["ed25519"], &place.join("host"));
    let port = free_port();
    let mut server = python(&folder, &command, include_str!("ssh.py"));
    server.arg(port.to_string()).arg(place).arg(PASSWORD);
    (Server::start(server, port, folder), host)
}

/// What a server was shown and asked, once it says that we took leave so often.
fn seen(server: &Server, place: &str, leaves: usize) -> String {
    let start = Instant::now();
    loop {
        let seen = fs::read_to_string(server.folder.path().join(place).join("seen")).unwrap_or_default();
        if seen.matches("left").count() >= leaves {
            return seen;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "{seen}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn trusting(server: &Server, files: &[PathBuf]) -> Options {
    let mut options = server.options();
    options.egress.known_hosts = files.to_vec();
    options
}

#[test]
fn passwords_of_ssh() {
    let (server, host) = by_password("any");
    for is_hashed in [false, true] {
        let options = trusting(&server, &[known_hosts(&server, &host, is_hashed)]);
        let ask = |user, password| ask(&options, URI, user, password, server.port);
        let told = ask("app", ENCODED);
        assert_eq!(told.validity, Validity::Active);
        assert_eq!(told.identity.principal.unwrap().value, "app");
        assert_eq!(ask("app", WRONG).validity, Validity::Inactive);
        assert_eq!(ask("nobody", ENCODED).validity, Validity::Inactive);
        // Servers let root in by key only, unless they are told otherwise.
        unknown(ask("root", ENCODED), "refuses, as many a server does with root");
        unknown(ask("open", ENCODED), "without any proof");
    }
    let seen = seen(&server, "any", 8);
    assert_eq!(seen.matches(&format!("password of app: {PASSWORD}")).count(), 2, "{seen}");
    assert!(!seen.contains("session") && !seen.contains("password of open"), "{seen}");

    // On a command line it is not encoded.
    let options = trusting(&server, &[known_hosts(&server, &host, false)]);
    let told = |password| ask(&options, "ssh-sshpass", "app", password, server.port).validity;
    assert_eq!([told(PASSWORD), told(WRONG)], [Validity::Active, Validity::Inactive]);
    let (stopped, port) = (server.options(), server.port);
    drop(server);
    unknown(ask(&stopped, URI, "app", ENCODED, port), "cannot be reached");
}

#[test]
fn no_password_is_sent_to_a_server_that_is_not_known() {
    let (server, host) = by_password("any");
    let other = tempfile::tempdir().unwrap();
    let strange = key(&|program: &Path| Command::new(program), &["ed25519"], &other.path().join("host"));
    let ask = |files: &[PathBuf]| ask(&trusting(&server, files), URI, "app", ENCODED, server.port);
    let print = print_of(&server.folder.path().join("any/host.pub"));
    let file = known_hosts(&server, &host, false);
    let line = fs::read_to_string(&file).unwrap();
    unknown(ask(&[]), "no known_hosts file names the host");
    unknown(ask(&[]), &print);
    unknown(ask(&[known_hosts(&server, &strange, false)]), "another than known_hosts names");
    for (lines, why) in [
        (line.replace('[', "@revoked ["), "is revoked"),
        (line.clone() + &line.replace('[', "@revoked ["), "is revoked"),
        (line.replace('[', "@cert-authority ["), "no known_hosts"),
        (line.replace(&format!(":{}", server.port), ":22"), "no known_hosts"),
        (line.replace("db.", "dc."), "no known_hosts"),
        (line.replace('[', "*,!["), "no known_hosts"),
        ("nonsense\n\u{0}\u{1b} ssh-ed25519\n| |1|\n".to_owned(), "no known_hosts"),
    ] {
        fs::write(&file, &lines).unwrap();
        unknown(ask(std::slice::from_ref(&file)), why);
    }
    assert!(!seen(&server, "any", 0).contains("user"), "not even a name is told");
    for lines in [line.replace("db.", "*."), line.replace("db.", "d?.").replace('[', "elsewhere,[")] {
        fs::write(&file, &lines).unwrap();
        assert_eq!(ask(std::slice::from_ref(&file)).validity, Validity::Active, "{lines}");
    }
}

#[test]
fn a_password_is_not_sent_where_none_is_taken() {
    let (server, host) = by_password("by-key");
    let options = trusting(&server, &[known_hosts(&server, &host, false)]);
    unknown(ask(&options, URI, "app", ENCODED, server.port), "offers that user no login by password");
    assert!(!seen(&server, "by-key", 1).contains("password"));
}

/// OpenSSH's own server, which lets in whoever runs it, by the keys in a file; who that is, and its host key.
fn openssh(settings: &str) -> (Server, String, String) {
    let (folder, command) = folder();
    let place = folder.path();
    let host = key(&command, &["ecdsa", "-b", "256"], &place.join("host"));
    let port = free_port();
    let file = place.join("sshd_config");
    let shown = place.display();
    let text = format!(
        "ListenAddress 127.0.0.1:{port}\nHostKey {shown}/host\nAuthorizedKeysFile {shown}/authorized\nStrictModes no\n\
         UsePAM yes\nPidFile none\nKbdInteractiveAuthentication no\nLogLevel DEBUG1\n{settings}\n"
    );
    fs::write(&file, text).unwrap();
    let mut server = command(Path::new("/usr/sbin/sshd"));
    server.args(["-D", "-e", "-f"]).arg(&file);
    let name = if other_than_root().is_some() {
        b"nobody".to_vec()
    } else {
        Command::new("id").arg("-un").output().unwrap().stdout
    };
    (Server::start(server, port, folder), String::from_utf8(name).unwrap().trim().to_owned(), host)
}

/// What is told of a private key that somebody says is let in there.
fn told(file: &Path, places: &[(&str, u16)], options: &Options) -> Verification {
    let text = fs::read_to_string(file).unwrap();
    let sort = text.split("-----").nth(1).unwrap();
    let id = match sort {
        "BEGIN OPENSSH PRIVATE KEY" => "private-key-openssh",
        "BEGIN RSA PRIVATE KEY" => "private-key-rsa-pem",
        _ => "private-key-pkcs8-pem",
    };
    let named = |(user, port): &(&str, u16)| SshKey {
        key: print_of(&file.with_extension("pub")),
        user: (*user).into(),
        host: format!("{HOST}:{port}"),
    };
    let options = Options { ssh_keys: places.iter().map(named).collect(), ..options.clone() };
    let told = try_one(finding(&pattern(id), text.as_bytes(), &[]), &Default::default(), &options);
    let shown = format!("{told:?}");
    assert!(text.lines().filter(|line| line.len() > 40).all(|line| !shown.contains(line)), "{shown}");
    told
}

#[test]
fn private_keys_at_a_real_server() {
    let (server, user, host) = openssh("");
    let folder = tempfile::tempdir().unwrap();
    let own = |program: &Path| Command::new(program);
    let kinds: [(&str, &[&str]); 5] = [
        ("ed25519", &["ed25519"]),
        ("ecdsa", &["ecdsa", "-b", "384"]),
        ("rsa", &["rsa", "-b", "2048"]),
        ("rsa.pem", &["rsa", "-b", "2048", "-m", "PEM"]),
        ("pkcs8", &["rsa", "-b", "2048", "-m", "PKCS8"]),
    ];
    let files: Vec<PathBuf> = kinds.iter().map(|(name, _)| folder.path().join(name.replace('.', "-"))).collect();
    let publics: Vec<String> = kinds.iter().zip(&files).map(|((_, kind), file)| key(&own, kind, file)).collect();
    let known = known_hosts(&server, &host, true);
    let outlasting = folder.path().join("known_hosts");
    fs::copy(known, &outlasting).unwrap();
    let options = trusting(&server, &[outlasting]);
    let place = [(user.as_str(), server.port)];
    let authorized = server.folder.path().join("authorized");
    fs::write(&authorized, "").unwrap();
    for file in &files {
        assert_eq!(told(file, &place, &options).validity, Validity::Inactive, "{}", file.display());
    }
    fs::write(&authorized, publics.concat()).unwrap();
    for file in &files {
        let told = told(file, &place, &options);
        assert_eq!(told.validity, Validity::Active, "{}", file.display());
        assert_eq!(told.identity.principal.unwrap().value, user);
        assert_eq!(told.identity.host.unwrap().value, format!("{HOST}:{}", server.port));
        assert_eq!(told.identity.public_id.unwrap().value, print_of(&file.with_extension("pub")));
    }
    // One place is enough; all must refuse.
    let two = [("nobody-at-all", server.port), place[0]];
    assert_eq!(told(&files[0], &two, &options).validity, Validity::Active);
    assert_eq!(told(&files[0], &two[..1], &options).validity, Validity::Inactive);
    let gone = [two[0], (user.as_str(), free_port())];
    unknown(told(&files[0], &gone, &options), "no known_hosts");
    let strange = folder.path().join("strange");
    key(&own, &["ed25519"], &strange);
    assert_eq!(told(&strange, &place, &options).validity, Validity::Inactive);
    unknown(told(&strange, &[("root", server.port)], &options), "refuses, as many a server does with root");
    unknown(told(&files[0], &[], &options), "[[verify.ssh_key]]");
    unknown(told(&files[0], &place, &trusting(&server, &[])), "no known_hosts");
    let short = folder.path().join("short");
    key(&own, &["rsa", "-b", "1024"], &short);
    unknown(told(&short, &place, &options), "as short as this");
    run(Command::new("ssh-keygen").args(["-q", "-p", "-N", "a passphrase", "-f"]).arg(&files[0]));
    unknown(told(&files[0], &place, &options), "it is encrypted");
    let mut strict = options.clone();
    strict.egress.allow_private = false;
    unknown(told(&files[1], &place, &strict), "private address");

    let log = fs::read_to_string(server.folder.path().join("log")).unwrap();
    assert!(log.contains("Accepted key") || log.contains("Accepted publickey"), "{log}");
    assert!(!log.contains("server_input_channel_open"), "{log}");
    drop(server);
    unknown(told(&files[1], &place, &options), "cannot be reached");
}

#[test]
fn a_key_that_is_the_first_of_two_proofs_works() {
    let (server, user, host) = openssh("AuthenticationMethods publickey,password");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    let public = key(&|program: &Path| Command::new(program), &["ed25519"], &file);
    fs::write(server.folder.path().join("authorized"), &public).unwrap();
    let options = trusting(&server, &[known_hosts(&server, &host, false)]);
    let place = [(user.as_str(), server.port)];
    let log = || fs::read_to_string(server.folder.path().join("log")).unwrap();
    assert_eq!(told(&file, &place, &options).validity, Validity::Active, "{}", log());
    unknown(ask(&options, URI, &user, ENCODED, server.port), "offers that user no login by password");
}
