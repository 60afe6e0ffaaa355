//! Passwords of databases, against the real servers: PostgreSQL, MariaDB and Redis, each started for the test.

use std::collections::BTreeMap;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use straykey::model::validity::Validity;
use straykey::model::verification::Verification;
use straykey::verify::Options;

use super::super::harness::pattern;
use super::{finding, options, try_one};

/// It stands percent-encoded in URIs.
pub(super) const PASSWORD: &str = "vR8/kq2:Lm";
pub(super) const ENCODED: &str = "vR8%2Fkq2%3ALm";
/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that is stopped when the test ends, with all that it started.
pub(super) struct Server {
    child: Child,
    pub(super) port: u16,
    pub(super) folder: tempfile::TempDir,
    pub(super) ca_file: Option<PathBuf>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let group = format!("kill -9 -{}", self.child.id());
        let _ = Command::new("sh").args(["-c", &group]).status();
        let _ = self.child.wait();
        // What it started may take a moment more to end.
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() && start.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Server {
    /// Starts `command` and waits until it listens.
    pub(super) fn start(mut command: Command, port: u16, folder: tempfile::TempDir) -> Self {
        let log = fs::File::create(folder.path().join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut child =
            command.process_group(0).spawn().unwrap_or_else(|error| panic!("{command:?}: {error}; see tests/run"));
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = || fs::read_to_string(folder.path().join("log")).unwrap();
            assert!(child.try_wait().unwrap().is_none(), "{command:?} ended: {}", log());
            assert!(start.elapsed() < PATIENCE, "{command:?} does not listen: {}", log());
            thread::sleep(Duration::from_millis(50));
        }
        Self { child, port, folder, ca_file: None }
    }

    /// Waits until the server says so in its log: PostgreSQL listens before it takes anybody in.
    fn says(self, ready: &str) -> Self {
        let start = Instant::now();
        let log = || fs::read_to_string(self.folder.path().join("log")).unwrap();
        while !log().contains(ready) {
            assert!(start.elapsed() < PATIENCE, "the server does not say `{ready}`: {}", log());
            thread::sleep(Duration::from_millis(50));
        }
        self
    }

    pub(super) fn options(&self) -> Options {
        let mut options = options(([127, 0, 0, 1], self.port).into());
        options.egress.ca_file = self.ca_file.clone().or(options.egress.ca_file);
        options
    }

    /// Tries a password, with a host of a name that everybody is told is here.
    pub(super) fn ask(&self, pattern: &str, user: &str, password: &str) -> Verification {
        ask(&self.options(), pattern, user, password, self.port)
    }
}

pub(super) fn ask(options: &Options, id: &str, user: &str, password: &str, port: u16) -> Verification {
    let port = port.to_string();
    let parts = [("user", user), ("host", "db.acme.example"), ("port", port.as_str())];
    let parts = if user.is_empty() { &parts[1..] } else { &parts };
    try_one(finding(&pattern(id), password.as_bytes(), parts), &BTreeMap::new(), options)
}

#[track_caller]
pub(super) fn unknown(told: Verification, reason: &str) {
    let (Validity::Unknown { why } | Validity::NotChecked { why }) = &told.validity else { panic!("{told:?}") };
    assert!(why.contains(reason), "{why}");
    assert!(!format!("{told:?}").contains(PASSWORD));
}

pub(super) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The first of these programs that is here.
pub(super) fn program(names: &[&str], folders: &str) -> PathBuf {
    let listed = |folder: &str| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut places: Vec<PathBuf> = listed(folders).map(|version| version.join("bin")).collect();
    places.sort();
    places.reverse();
    places.extend(["/usr/sbin", "/usr/bin", "/usr/local/bin"].map(PathBuf::from));
    let found =
        names.iter().flat_map(|name| places.iter().map(move |place| place.join(name))).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("there is no {names:?}; tests/run installs it"))
}

/// A package of npm or PyPI that tests/run installs.
pub(super) fn installed(path: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/servers").join(path);
    assert!(path.exists(), "there is no {}; tests/run installs it", path.display());
    path
}

pub(super) fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Who runs a server that does not want to be run by root: a user and a group, by the owner of this folder or nobody.
pub(super) fn other_than_root() -> Option<(u32, u32)> {
    let id = |flag| {
        let output = Command::new("id").args([flag, "nobody"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse::<u32>().unwrap()
    };
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    is_root.then(|| (id("-u"), id("-g")))
}

/// Debian's own, which has the packages.
pub(super) const PYTHON: &str = "/usr/bin/python3";

/// A server in Python, its text kept in `folder`.
pub(super) fn python(folder: &tempfile::TempDir, command: &impl Fn(&Path) -> Command, text: &str) -> Command {
    let file = folder.path().join("server.py");
    fs::write(&file, text).unwrap();
    let mut server = command(Path::new(PYTHON));
    server.arg(&file);
    server
}

/// A folder for a server, and the command that runs as its owner.
pub(super) fn folder() -> (tempfile::TempDir, impl Fn(&Path) -> Command) {
    // Paths of sockets are short.
    let folder = tempfile::Builder::new().prefix("sk").tempdir_in("/tmp").unwrap();
    let owner = other_than_root();
    if let Some((user, group)) = owner {
        std::os::unix::fs::chown(folder.path(), Some(user), Some(group)).unwrap();
    }
    let place = folder.path().to_owned();
    let command = move |program: &Path| {
        let mut command = Command::new(program);
        command.current_dir(&place).env("LC_ALL", "C").env("TZ", "UTC");
        if let Some((user, group)) = owner {
            command.uid(user).gid(group);
        }
        command
    };
    (folder, command)
}

/// PostgreSQL with a certificate for our host, if one is given; `pg_hba.conf` says who gets in how.
fn postgres(tls: Option<&Path>) -> Server {
    let (folder, command) = folder();
    let data = folder.path().join("data");
    let bin = |name| program(&[name], "/usr/lib/postgresql");
    run(command(&bin("initdb")).args(["-A", "trust", "-U", "admin", "--no-sync", "-D"]).arg(&data));
    let sql = format!(
        "create role app login password '{PASSWORD}';\ncreate role lapsed login password '{PASSWORD}' valid until '2020-01-01';\n\
         create role barred nologin password '{PASSWORD}';\ncreate role open login;\ncreate role clear login password '{PASSWORD}';\n\
         set password_encryption = md5;\ncreate role old login password '{PASSWORD}';\n"
    );
    let file = folder.path().join("roles.sql");
    fs::write(&file, sql).unwrap();
    let single = command(&bin("postgres"))
        .args(["--single", "-D"])
        .arg(&data)
        .arg("postgres")
        .stdin(fs::File::open(&file).unwrap())
        .output()
        .unwrap();
    assert!(single.status.success(), "{}", String::from_utf8_lossy(&single.stderr));
    let entries = "host all open all trust\nhost all old all md5\nhost all clear all password\n\
                   host all app,lapsed,barred,nobody all scram-sha-256\n";
    fs::write(data.join("pg_hba.conf"), entries).unwrap();
    let port = free_port();
    let mut server = command(&bin("postgres"));
    server.arg("-D").arg(&data).args(["-F", "-p", &port.to_string(), "-h", "127.0.0.1", "-k"]).arg(folder.path());
    if let Some(authority) = tls {
        let made = rcgen::generate_simple_self_signed(["db.acme.example".to_owned()]).unwrap();
        fs::write(authority, made.cert.pem()).unwrap();
        let (certificate, key) = (data.join("server.crt"), data.join("server.key"));
        fs::write(&certificate, made.cert.pem()).unwrap();
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        if let Some((user, group)) = other_than_root() {
            std::os::unix::fs::chown(&key, Some(user), Some(group)).unwrap();
        }
        server.args(["-c", "ssl=on"]);
    }
    Server::start(server, port, folder).says("ready to accept connections")
}

#[test]
fn passwords_of_postgresql() {
    let id = "postgres-connection-uri";
    let server = postgres(None);
    for user in ["app", "old", "clear"] {
        let told = server.ask(id, user, ENCODED);
        assert_eq!(told.validity, Validity::Active, "{user}");
        assert_eq!(told.identity.principal.unwrap().value, user);
        assert_eq!(server.ask(id, user, "Zq8vT3nW5x").validity, Validity::Inactive, "{user}");
        assert_eq!(server.ask(id, user, PASSWORD.replace(':', "%3a").as_str()).validity, Validity::Active, "{user}");
    }
    // The same in other forms, in which passwords are not encoded.
    let port = server.port.to_string();
    let mut forms = vec![];
    for (kind, parts) in [
        ("postgres-connection-keywords", vec![("settings", format!("host=db.acme.example user=app port={port} "))]),
        (
            "postgres-connection-keywords",
            vec![
                ("settings", "host=db.acme.example dbname=shop ".into()),
                ("more_settings", format!(" user='app' port={port} sslmode=prefer")),
            ],
        ),
        (
            "postgres-connection-string-ado-net",
            vec![
                ("host", "db.acme.example".into()),
                ("user", "app".into()),
                ("settings", format!("Port={port};Database=shop;Username=app;")),
            ],
        ),
        (
            "jdbc-connection-string",
            vec![
                ("engine", "postgresql:".into()),
                ("host", "db.acme.example".into()),
                ("port", port.clone()),
                ("user", "app".into()),
            ],
        ),
    ] {
        let right = if kind.starts_with("jdbc") { ENCODED } else { PASSWORD };
        for (password, validity) in [(right, Validity::Active), ("Zq8vT3nW5x", Validity::Inactive)] {
            let parts: Vec<(&str, &str)> = parts.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let told =
                try_one(finding(&pattern(kind), password.as_bytes(), &parts), &BTreeMap::new(), &server.options());
            forms.push((kind, told.validity == validity));
        }
    }
    assert!(forms.len() == 8 && forms.iter().all(|(_, is_right)| *is_right), "{forms:?}");
    let other = [("engine", "sqlserver:"), ("host", "db.acme.example"), ("user", "app")];
    let other = finding(&pattern("jdbc-connection-string"), ENCODED.as_bytes(), &other);
    unknown(try_one(other, &BTreeMap::new(), &server.options()), "this kind of database");
    for user in ["lapsed", "barred", "nobody"] {
        assert_eq!(server.ask(id, user, ENCODED).validity, Validity::Inactive, "{user}");
    }
    unknown(server.ask(id, "open", ENCODED), "without a password");
    unknown(server.ask(id, "stranger", ENCODED), "28000");
    let mut strict = server.options();
    strict.egress.allow_hosts.clear();
    unknown(ask(&strict, id, "app", ENCODED, server.port), "--verify-host");
    strict.egress.allow_hosts = vec!["*".into()];
    strict.egress.allow_private = false;
    unknown(ask(&strict, id, "app", ENCODED, server.port), "private address");
    let (options, port) = (server.options(), server.port);
    drop(server);
    unknown(ask(&options, id, "app", ENCODED, port), "cannot be reached");
}

#[test]
fn postgresql_with_tls_must_prove_who_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    let mut server = postgres(Some(&authority));
    unknown(server.ask("postgres-connection-uri", "app", ENCODED), "certificate");
    server.ca_file = Some(authority);
    let told = |password| server.ask("postgres-connection-uri", "app", password).validity;
    assert_eq!(told(ENCODED), Validity::Active);
    assert_eq!(told("Zq8vT3nW5x"), Validity::Inactive);
    let log = fs::read_to_string(server.folder.path().join("log")).unwrap();
    assert!(!log.contains(PASSWORD), "{log}");
}

/// A certificate for our host and its key, as files in a server's folder. `authority` is what trusts them.
pub(super) fn certificate(folder: &Path, authority: &Path) -> (String, String) {
    certificate_for(&["db.acme.example"], folder, authority)
}

pub(super) fn certificate_for(hosts: &[&str], folder: &Path, authority: &Path) -> (String, String) {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(hosts).unwrap();
    fs::write(authority, made.cert.pem()).unwrap();
    let write = |name: &str, text: String| {
        let file = folder.join(name);
        fs::write(&file, text).unwrap();
        file.display().to_string()
    };
    (write("cert.pem", made.cert.pem()), write("key.pem", made.signing_key.serialize_pem()))
}

/// MariaDB with a certificate for our host.
fn mariadb(authority: &Path) -> Server {
    let (folder, command) = folder();
    let data = folder.path().join("data");
    let install = program(&["mariadb-install-db", "mysql_install_db"], "/opt/mariadb");
    let plain = ["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"];
    run(command(&install).args(plain).arg(format!("--datadir={}", data.display())));
    let file = folder.path().join("users.sql");
    let sql = format!(
        "install soname 'auth_ed25519';\ncreate user app@'%' identified by '{PASSWORD}';\ncreate user odd@'%' identified via ed25519 using password('{PASSWORD}');\n"
    );
    fs::write(&file, sql).unwrap();
    let port = free_port();
    let mut server = command(&program(&["mariadbd", "mysqld"], "/opt/mariadb"));
    server.args([
        "--no-defaults",
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        "--innodb-flush-log-at-trx-commit=0",
    ]);
    server.args([
        format!("--datadir={}", data.display()),
        format!("--port={port}"),
        format!("--socket={}", folder.path().join("s").display()),
        format!("--pid-file={}", folder.path().join("p").display()),
        format!("--init-file={}", file.display()),
    ]);
    let (cert, key) = certificate(folder.path(), authority);
    server.arg(format!("--ssl-cert={cert}")).arg(format!("--ssl-key={key}"));
    Server::start(server, port, folder)
}

#[test]
fn passwords_of_mariadb() {
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    let mut server = mariadb(&authority);
    unknown(server.ask("mysql-connection-uri", "app", ENCODED), "certificate");
    server.ca_file = Some(authority);
    let told = server.ask("mysql-connection-uri", "app", ENCODED);
    assert_eq!(told.validity, Validity::Active);
    assert_eq!(told.identity.principal.unwrap().value, "app");
    assert_eq!(server.ask("mysql-connection-uri", "app", "Zq8vT3nW5x").validity, Validity::Inactive);
    assert_eq!(server.ask("mysql-connection-uri", "nobody", ENCODED).validity, Validity::Inactive);
    unknown(server.ask("mysql-connection-uri", "odd", ENCODED), "another proof");
    // A source name in Go holds the password as it is, and the port behind the host.
    let host = format!("db.acme.example:{}", server.port);
    let dsn = |password: &str| {
        let parts = [("user", "app"), ("host", host.as_str())];
        let finding = finding(&pattern("mysql-connection-dsn"), password.as_bytes(), &parts);
        try_one(finding, &BTreeMap::new(), &server.options()).validity
    };
    assert_eq!(dsn(PASSWORD), Validity::Active);
    assert_eq!(dsn(ENCODED), Validity::Inactive);
    let (options, port) = (server.options(), server.port);
    drop(server);
    unknown(ask(&options, "mysql-connection-uri", "app", ENCODED, port), "cannot be reached");
}

fn redis(settings: &[&str]) -> Server {
    let (folder, command) = folder();
    let port = free_port();
    let mut server = command(&program(&["redis-server", "valkey-server"], "/opt/redis"));
    server.args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string()]).args(settings);
    Server::start(server, port, folder)
}

#[test]
fn passwords_of_redis() {
    let id = "redis-connection-uri";
    let plain = format!(">{PASSWORD}");
    let server = redis(&["--requirepass", PASSWORD, "--user", "app", "on", &plain, "+@all"]);
    for user in ["", "default", "app"] {
        assert_eq!(server.ask(id, user, ENCODED).validity, Validity::Active, "{user}");
        assert_eq!(server.ask(id, user, "Zq8vT3nW5x").validity, Validity::Inactive, "{user}");
    }
    assert_eq!(server.ask(id, "nobody", ENCODED).validity, Validity::Inactive);
    let (options, port) = (server.options(), server.port);
    drop(server);
    unknown(ask(&options, id, "", ENCODED, port), "cannot be reached");
    let open = redis(&[]);
    unknown(open.ask(id, "", ENCODED), "without a password");
    unknown(ask(&open.options(), id, "", ENCODED, 26379), "sentinel");
}
