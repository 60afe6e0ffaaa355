//! Memory: of a chain of differences only the path to where the walk is may be held, however the chain branches; and the
//! stack does not grow with it.
#![cfg(target_os = "linux")]

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use git2::{ObjectType, Oid};

use crate::harness::{End, Run, Sandbox, places, straykey, token};
use crate::packing::{self, Delta, Entry, Packing, Stored};

/// Texts of the chain: more than any recursion should follow.
const CHAIN: usize = 4_000;
/// Bytes of each.
const TEXT: usize = 64 << 10;
/// The bytes of a walk are a text for each halving of its tree's weight, 13 of these here: less than one mebibyte for each
/// worker. The rest is for the program itself. All texts of the chain are 250 MiB.
const MOST: u64 = 100 << 20;

/// A pack in which each text is built on the one before, and on each of them `teeth` more. The last one has a token.
fn comb(teeth: usize) -> Packing {
    let mut pack = Packing::default();
    let mut number = 0;
    let mut push = |pack: &mut Packing, base: usize, own: &[u8]| {
        number += 1;
        let delta = Delta::new(TEXT, TEXT).insert(own).copy(own.len(), TEXT - own.len());
        pack.push(packing::invented(number), Stored::On(base), &delta.end())
    };
    pack.whole(ObjectType::Blob, &b"line of text\n".repeat(TEXT)[..TEXT]);
    let mut base = 0;
    for link in 1..CHAIN {
        let own = if link + 1 == CHAIN { format!("{}\n", token(1)) } else { format!("link {link}\n") };
        let next = push(&mut pack, base, own.as_bytes());
        for tooth in 0..teeth {
            push(&mut pack, base, format!("tooth {tooth} of {link}\n").as_bytes());
        }
        base = next;
    }
    pack
}

/// The most memory that a scan of the pack had at a time, in bytes.
fn peak(pack: &Packing) -> u64 {
    let repo = Sandbox::repository();
    pack.write(&repo.at(".git"));
    let words = ["scan", "--format", "json", "--no-worktree", "--threads", "2", "."];
    let (peak, end) = watch(straykey(&words).within(repo.path()));
    let report = end.expect(1).json();
    assert_eq!(places(&report).len(), 1, "the end of the chain is reached: {report:#}");
    peak
}

/// The most memory that a run had at a time, in bytes, and how it ended.
fn watch(run: Run) -> (u64, End) {
    let mut child = run.start();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("a process").is_none() {
        // The kernel keeps the highest value, so that none is missed between two looks.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
        peak = peak.max(line.map_or(0, |number| number.trim().parse::<u64>().expect("a number") << 10));
        sleep(Duration::from_millis(2));
    }
    assert!(peak > 0, "the kernel tells");
    (peak, End(child.wait_with_output().expect("the program ends")))
}

#[test]
fn a_long_chain_is_not_held() {
    let peak = peak(&comb(0));
    assert!(peak < MOST, "{peak} bytes");
}

/// Were the chain followed before its teeth, each of its texts would be held until its tooth is built.
#[test]
fn a_comb_is_not_held() {
    let peak = peak(&comb(1));
    assert!(peak < MOST, "{peak} bytes");
}

/// At each link of a chain there is a branch as heavy as those that workers share. Were each a call within a call, the stack,
/// made small here so that this many links are enough, would end.
#[test]
fn branches_within_branches_do_not_fill_the_stack() {
    const LINKS: usize = 200;
    const BRANCH: usize = 2_050;
    const STACK: &str = "400000";
    let text = b"line of text\n";
    let delta = Delta::new(text.len(), text.len()).copy(0, text.len()).end();
    let entry = Entry {
        id: packing::invented(0),
        stored: Stored::On(0),
        size: delta.len() as u64,
        compressed: packing::deflate(&delta),
    };
    let mut pack = Packing::default();
    let blob = pack.whole(ObjectType::Blob, token(1).as_bytes());
    pack.commit("good", blob);
    pack.whole(ObjectType::Blob, text);
    let mut push = |base: usize| {
        let number = pack.entries.len();
        let mut id = [0; 20];
        id[..8].copy_from_slice(&number.to_be_bytes());
        let id = Oid::from_bytes(&id).expect("20 bytes");
        pack.entries.push(Entry { id, stored: Stored::On(base), ..entry.clone() });
        number
    };
    let mut base = 3;
    for _ in 0..LINKS {
        let branch = push(base);
        (0..BRANCH).for_each(|_| {
            push(branch);
        });
        base = push(base);
    }
    let repo = Sandbox::repository();
    pack.write(&repo.at(".git"));
    let words = ["scan", "--format", "json", "--no-worktree", "--threads", "1", "."];
    let report = straykey(&words).within(repo.path()).env("RUST_MIN_STACK", STACK).end().expect(1).json();
    assert_eq!(report["summary"]["scanned"]["objects"], pack.entries.len());
}

/// A few bytes of difference that turn a large tree round change each of its folders. What is kept of that has an end, which is
/// told; the finding is told all the same.
#[test]
fn trees_turned_round_again_and_again_are_not_kept() {
    const FOLDERS: usize = 6_000;
    const TURNS: usize = 600;
    let folder =
        |number: usize| [format!("40000 {number:05}\0").as_bytes(), packing::invented(number).as_bytes()].concat();
    let tree: Vec<u8> = (0..FOLDERS).flat_map(folder).collect();
    let half = tree.len() / 2;
    let turn = Delta::new(tree.len(), tree.len()).copy(half, half).copy(0, half).end();
    let mut pack = Packing::default();
    let blob = pack.whole(ObjectType::Blob, token(1).as_bytes());
    pack.commit("good", blob);
    pack.whole(ObjectType::Tree, &tree);
    for _ in 0..TURNS {
        let base = pack.entries.len() - 1;
        pack.push(packing::invented(FOLDERS + base), Stored::On(base), &turn);
    }
    let repo = Sandbox::repository();
    pack.write(&repo.at(".git"));
    let words = ["scan", "--format", "json", "--no-worktree", "."];
    let report = straykey(&words).within(repo.path()).end().expect(2).json();
    assert_eq!(places(&report).len(), 1);
    assert!(report["summary"].to_string().contains("some places of findings are not told"), "{report:#}");
}

/// JSON is read as YAML, in which all of a table could be the key of another: it must not be kept until it ends.
#[test]
fn an_inventory_in_json_takes_hardly_more_than_in_yaml() {
    const MANY: usize = 20_000;
    let (mut yaml, mut integrations) = ("version: 1\nintegrations:\n".to_owned(), Vec::new());
    for number in 0..MANY {
        let (id, name) = (format!("i{number}"), format!("SOME_KEY_{number}"));
        yaml += &format!(
            "  - id: {id}\n    purpose: p\n    owner:\n      business: tbd\n    source_system: a\n    target_system: b\n    \
             environments: []\n    lifecycle: active\n    evidence_hints:\n      env_names:\n        - {name}\n"
        );
        integrations.push(serde_json::json!({
            "id": id, "purpose": "p", "owner": {"business": "tbd"}, "source_system": "a", "target_system": "b",
            "environments": [], "lifecycle": "active", "evidence_hints": {"env_names": [name]},
        }));
    }
    let folder = Sandbox::new();
    folder.write("i.yaml", yaml);
    let json = serde_json::json!({"version": 1, "integrations": integrations});
    folder.write("i.json", serde_json::to_string_pretty(&json).unwrap());
    let peak = |name: &str| {
        let (peak, end) = watch(straykey(&["inventory", "check", "--inventory", name]).within(folder.path()));
        assert!(end.expect(0).stdout().starts_with(&format!("{MANY} integrations")));
        peak
    };
    let (yaml, json) = (peak("i.yaml"), peak("i.json"));
    assert!(json < yaml * 13 / 10, "{} MiB as JSON, {} MiB as YAML", json >> 20, yaml >> 20);
}
