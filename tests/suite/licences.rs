//! Licences and sources of all dependencies, held to `deny.toml` without a network.

use std::process::Command;

use serde_json::Value;

#[test]
fn every_dependency_has_an_allowed_licence_and_comes_from_crates_io() {
    let root = env!("CARGO_MANIFEST_DIR");
    let allowed: toml::Table = toml::from_str(&std::fs::read_to_string(format!("{root}/deny.toml")).unwrap()).unwrap();
    let allowed: Vec<&str> =
        allowed["licenses"]["allow"].as_array().unwrap().iter().map(|licence| licence.as_str().unwrap()).collect();
    let version = Command::new(env!("CARGO")).arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    // Without a platform cargo wants the packages of all, most of which are not on this machine.
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--offline",
            "--filter-platform",
            host,
            "--manifest-path",
            &format!("{root}/Cargo.toml"),
        ])
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata");
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 50, "the list is whole");
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or_else(|| panic!("{name} states no licence"));
        // `A OR B` and the older `A/B`: one of them is enough; `A AND B`: all are needed.
        let fits =
            |choice: &str| choice.split(" AND ").all(|part| allowed.contains(&part.trim_matches(['(', ')', ' '])));
        assert!(licence.replace('/', " OR ").split(" OR ").any(fits), "{name} is under {licence}");
        if let Some(source) = package["source"].as_str() {
            assert!(
                source.starts_with("registry+https://github.com/rust-lang/crates.io-index"),
                "{name} comes from {source}"
            );
        }
    }
}
