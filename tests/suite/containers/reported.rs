//! Archives on disk, on standard input and in git, and how reports tell of them.

use super::make::{Zip, gzip, tar};
use crate::harness::{Sandbox, places, scan, straykey, token};

fn jar(lines: &str) -> Vec<u8> {
    Zip::default().file("META-INF/x.properties", lines.as_bytes()).end()
}

#[test]
fn files_and_standard_input_are_unpacked() {
    let folder = Sandbox::new();
    let bytes = gzip(&tar(&[("lib/app.jar", &jar(&format!("\nkey = {}\n", token(1))))]));
    // The name says nothing.
    let path = folder.write("data.bin", &bytes);
    for report in [
        scan(folder.path(), &[], 1),
        scan(&path, &[], 1),
        straykey(&["scan", "-f", "json", "-"]).input(&bytes).end().expect(1).json(),
    ] {
        let places = places(&report);
        assert_eq!(places.len(), 1);
        assert_eq!(places[0].1["inside"], "lib/app.jar!META-INF/x.properties");
        assert_eq!((places[0].1["line"].as_u64(), places[0].1["column"].as_u64()), (Some(2), Some(7)));
    }
    let text = straykey(&["scan", "."]).within(folder.path()).end().expect(1).stdout();
    assert!(text.contains("data.bin!lib/app.jar!META-INF/x.properties:2:7"), "{text}");
    assert!(!text.contains(&token(1)));
    let report = scan(folder.path(), &["--max-archive-depth", "0"], 0);
    assert!(places(&report).is_empty());
}

#[test]
fn limits_are_errors_that_name_file_and_path() {
    let folder = Sandbox::new();
    folder.write("a.zip", Zip::default().file("b.jar", &jar(&token(1))).end());
    let report = scan(folder.path(), &["--max-archive-depth", "1"], 2);
    let error = &report["summary"]["errors"][0];
    assert!(error["what"].as_str().unwrap().ends_with("a.zip!b.jar"), "{error}");
    assert!(error["why"].as_str().unwrap().contains("--max-archive-depth"), "{error}");
    let report = scan(folder.path(), &["--max-archive-size", "10"], 2);
    assert!(report["summary"]["errors"][0]["why"].as_str().unwrap().contains("--max-archive-size"));
    let settings = folder.write("s/straykey.toml", "max_archive_depth = 0\nmax_archive_size = \"10\"\n");
    scan(&folder.at("a.zip"), &["--config", settings.to_str().unwrap()], 0);
}

#[test]
fn both_engines_unpack_blobs() {
    let repo = Sandbox::repository();
    for version in 0..6 {
        let mut lines: String = (0..400).map(|line| format!("line {line} {}\n", line * 7919 % 1000)).collect();
        lines.push_str(&format!("# {version}\n"));
        if version > 1 && version < 4 {
            lines.push_str(&token(1));
        }
        repo.commit("lib/app.jar", Zip::default().file("a", lines.as_bytes()).stored("b", lines.as_bytes()).end());
    }
    let bomb = Zip::default().file("x.jar", &Zip::default().file("safe", b"x").end()).end();
    repo.commit("other", bomb);
    repo.git(&["repack", "--quiet", "-a", "-d", "-f", "--depth=50"]);
    let words = |engine| ["--no-worktree", "--engine", engine, "--max-archive-depth", "1"];
    let mut reports = ["delta", "reference"].map(|engine| scan(repo.path(), &words(engine), 2));
    reports.iter_mut().for_each(|report| report["summary"]["seconds"] = 0.into());
    assert_eq!(reports[0], reports[1]);
    let places = places(&reports[0]);
    let inside: Vec<&str> = places.iter().map(|(_, place)| place["inside"].as_str().unwrap()).collect();
    assert_eq!(inside, ["a", "b"], "a place for each path inside");
    for (_, place) in &places {
        assert_eq!(place["path"], "lib/app.jar");
        assert_eq!(place["versions"], 2);
        assert_eq!(place["at_head"], false);
    }
    let errors = reports[0]["summary"]["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0]["what"].as_str().unwrap().ends_with("other!x.jar"), "{errors:?}");
}

/// A broken archive in history is told by its path, so that it can be left out by it.
#[test]
fn what_is_not_searched_in_history_can_be_left_out() {
    let repo = Sandbox::repository();
    repo.commit("test/broken.gz", &gzip(&[7; 3000])[..30]);
    repo.commit("good", token(1));
    let report = scan(repo.path(), &["--no-worktree"], 2);
    let errors = report["summary"]["errors"].to_string();
    assert!(errors.contains("test/broken.gz"), "{errors}");
    scan(repo.path(), &["--exclude", "test/"], 1);
}

#[test]
fn changes_tell_what_is_new_inside() {
    let repo = Sandbox::repository();
    let archive =
        |first: &str, second: &str| Zip::default().file("a", first.as_bytes()).file("b", second.as_bytes()).end();
    repo.commit("app.jar", archive(&token(1), "nothing"));
    let range = |code| scan(repo.path(), &["--range", "HEAD~1..HEAD"], code);
    repo.commit("app.jar", archive(&format!("# changed\n{}", token(1)), "more"));
    range(0);
    repo.commit("app.jar", archive(&token(1), &format!("more\n{}", token(2))));
    let report = range(1);
    let told = places(&report);
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0].1["inside"], &told[0].1["line"]), (&"b".into(), &2.into()));
    // A second copy inside is one more.
    repo.commit("app.jar", archive(&token(1), &format!("{}\n{}", token(2), token(1))));
    assert_eq!(places(&range(1))[0].1["inside"], "b");
    repo.write("app.jar", archive(&token(3), "x"));
    repo.git(&["add", "--all"]);
    let staged = places(&scan(repo.path(), &["--staged"], 1));
    assert_eq!(staged.len(), 1);
    assert_eq!(staged[0].1["inside"], "a");
}

#[test]
fn sarif_names_the_archive_and_the_path_inside() {
    let folder = Sandbox::new();
    folder.write("app.jar", jar(&format!("\n\n{}", token(1))));
    let log = straykey(&["scan", "-f", "sarif", "."]).within(folder.path()).end().expect(1).json();
    let result = &log["runs"][0]["results"][0];
    assert!(result["message"]["text"].as_str().unwrap().contains("inside META-INF/x.properties:3"), "{result}");
    let location = &result["locations"][0];
    assert_eq!(location["physicalLocation"]["artifactLocation"]["uri"], "app.jar");
    assert_eq!(location["logicalLocations"][0]["fullyQualifiedName"], "META-INF/x.properties:3:1");
}

#[test]
fn a_secret_in_a_path_inside_is_not_shown() {
    let folder = Sandbox::new();
    folder.write("x.zip", Zip::default().file(&token(1), token(1).as_bytes()).end());
    for format in ["text", "json", "sarif"] {
        let output = straykey(&["scan", "-f", format, "."]).within(folder.path()).end().expect(1).stdout();
        assert!(!output.contains(&token(1)), "{output}");
    }
}
