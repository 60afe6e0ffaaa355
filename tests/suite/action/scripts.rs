//! How the program is brought: a release only with the right checksum, a build only from the action's own folder.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{ROOT, bash};
use crate::harness::{Sandbox, program};
use crate::verify::stub::{self, Reply, Stub};

const TAG: &str = concat!("v", env!("CARGO_PKG_VERSION"));
const TARGET: &str = "x86_64-unknown-linux-musl";

fn variables(folder: &Sandbox, further: &[(&str, &str)]) -> BTreeMap<String, String> {
    let output = folder.at("output").display().to_string();
    let straykey = folder.at("straykey").display().to_string();
    let all = [
        ("ACTION_PATH", ROOT),
        ("ACTION_REPOSITORY", "straykey/straykey"),
        ("GITHUB_OUTPUT", &output),
        ("RUNNER_ARCH", "X64"),
        ("RUNNER_OS", "Linux"),
        ("PROGRAM_FOLDER", &straykey),
        ("RELEASE_TAG", TAG),
    ];
    all.iter().chain(further).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn plan(folder: &Sandbox, further: &[(&str, &str)]) -> String {
    bash("get.sh", &["plan"], &variables(folder, further), folder.path()).expect(0);
    std::fs::read_to_string(folder.at("output")).unwrap()
}

#[test]
fn without_a_version_the_action_s_own_source_is_built() {
    let key = |from: &str| {
        let folder = Sandbox::new();
        let told = plan(&folder, &[("ACTION_PATH", from)]);
        assert!(told.starts_with("from=source\nkey=straykey-Linux-X64-"), "{told}");
        told
    };
    let copy = Sandbox::new();
    for (path, text) in [("Cargo.toml", "x"), ("Cargo.lock", "x"), ("src/a b.rs", "x"), ("patterns/a.toml", "x")] {
        copy.write(path, text);
    }
    let at = copy.path().display().to_string();
    let before = key(&at);
    assert_eq!(before, key(&at));
    assert_eq!(key(ROOT).len(), before.len());
    copy.write("src/a b.rs", "y");
    assert_ne!(before, key(&at), "what is built from other source is another program");
}

#[test]
fn a_version_is_a_release() {
    let folder = Sandbox::new();
    assert_eq!(plan(&folder, &[("INPUT_VERSION", "v1.2.3-rc.1")]), "from=release\ntag=v1.2.3-rc.1\n");
    for version in ["main", "v1", "1.2.3", "v1.2.3/../x", "v1.2.3\nkey=x", "$(id)"] {
        let variables = variables(&Sandbox::new(), &[("INPUT_VERSION", version)]);
        let end = bash("get.sh", &["plan"], &variables, folder.path()).expect(2);
        assert!(end.stdout().starts_with("::error title=straykey::version is no release"), "{}", end.stdout());
    }
}

fn executable(folder: &Sandbox, path: &str, text: &str) -> PathBuf {
    let file = folder.write(path, text);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    file
}

/// A server with a release as `.ci/package` makes it.
fn releases(sums: impl Fn(&str) -> String) -> Stub {
    let folder = Sandbox::new();
    let name = format!("straykey-{TAG}-{TARGET}.tar.gz");
    let copy = folder.at("work");
    std::fs::create_dir_all(copy.join(".ci")).unwrap();
    for file in [".ci/package", "Cargo.toml", "README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        std::fs::copy(format!("{ROOT}/{file}"), copy.join(file)).unwrap();
    }
    let packed =
        Command::new("bash").arg(copy.join(".ci/package")).args([TAG, TARGET]).arg(program()).output().unwrap();
    assert!(packed.status.success(), "{packed:?}");
    let sum = Command::new("sha256sum").arg(&name).current_dir(&copy).output().unwrap();
    let sums = sums(&String::from_utf8(sum.stdout).unwrap());
    let bytes = std::fs::read(copy.join(&name)).unwrap();
    let base = format!("GET /straykey/straykey/releases/download/{TAG}/");
    Stub::new(move |asked| {
        let file = asked.line.strip_prefix(&base).and_then(|line| line.split(' ').next()).unwrap_or_default();
        match file {
            "SHA256SUMS" => Reply::Answer { status: 200, headers: Vec::new(), body: sums.clone().into_bytes() },
            file if file == name => Reply::Answer { status: 200, headers: Vec::new(), body: bytes.clone() },
            _ => stub::page(404, "Not Found"),
        }
    })
}

fn release(stub: &Stub, further: &[(&str, &str)], code: i32) -> (Sandbox, String) {
    let folder = Sandbox::new();
    let address = format!("http://{}", stub.address);
    let further = [&[("RELEASES_URL", address.as_str())], further].concat();
    let end = bash("get.sh", &["release"], &variables(&folder, &further), folder.path()).expect(code);
    (folder, end.stdout())
}

#[test]
fn a_release_runs_when_its_checksum_is_right() {
    let stub = releases(|line| format!("{}  straykey-{TAG}-other.tar.gz\n{line}", "0".repeat(64)));
    let (folder, said) = release(&stub, &[], 0);
    assert_eq!(said, format!("straykey {}\n", env!("CARGO_PKG_VERSION")));
    assert!(folder.at("straykey/straykey").exists());
}

#[test]
fn a_release_with_another_checksum_or_none_is_not_run() {
    for sums in [format!("{}  straykey-{TAG}-{TARGET}.tar.gz\n", "0".repeat(64)), String::new(), "0  x\n".to_owned()] {
        let stub = releases(|_| sums.clone());
        let (folder, said) = release(&stub, &[], 2);
        assert!(said.contains("it was not run"), "{said}");
        assert!(!folder.at("straykey").exists());
    }
}

#[test]
fn a_release_that_is_not_there_is_an_error() {
    let stub = releases(str::to_owned);
    let (_, said) = release(&stub, &[("RELEASE_TAG", "v99.0.0")], 2);
    assert!(said.contains("v99.0.0 has no SHA256SUMS"), "{said}");
    let (_, said) = release(&stub, &[("RUNNER_ARCH", "RISCV")], 2);
    assert!(said.contains("no release for Linux on RISCV"), "{said}");
}

/// A `cargo` that notes how it was called, and makes what one would have built.
fn with_cargo(folder: &Sandbox) -> String {
    let script = format!(
        "#!/bin/sh\npwd >'{0}/where'\necho \"$@\" >'{0}/words'\nmkdir -p '{0}/straykey/build/release'\n\
         cp '{1}' '{0}/straykey/build/release/straykey'\n",
        folder.path().display(),
        program().display()
    );
    executable(folder, "bin/cargo", &script);
    format!("{}:{}", folder.at("bin").display(), std::env::var("PATH").unwrap())
}

#[test]
fn a_build_reads_no_settings_of_what_is_scanned() {
    let folder = Sandbox::new();
    let path = with_cargo(&folder);
    let scanned = Sandbox::repository();
    scanned.write(".cargo/config.toml", "[build]\nrustc-wrapper = './evil'\n");
    let variables = variables(&folder, &[("PATH", &path)]);
    bash("get.sh", &["source"], &variables, scanned.path()).expect(0);
    let read = |name: &str| std::fs::read_to_string(folder.at(name)).unwrap();
    assert_eq!(Path::new(read("where").trim()).canonicalize().unwrap(), Path::new(ROOT).canonicalize().unwrap());
    assert!(read("words").starts_with("build --locked --release --bin straykey"), "{}", read("words"));
    std::fs::remove_file(folder.at("words")).unwrap();
    bash("get.sh", &["source"], &variables, scanned.path()).expect(0);
    assert!(!folder.at("words").exists(), "what the cache has is not built again");
}

#[test]
fn a_tag_that_is_not_the_version_is_not_packed() {
    let output = Command::new("bash").arg(format!("{ROOT}/.ci/package")).args(["v99.0.0", TARGET]).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("they must say the same"));
}
