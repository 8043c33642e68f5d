//! `init`: the folder that it writes passes what its own workflow runs, and nothing is written over.

use std::path::Path;

use crate::commands::Place;
use crate::suggest::recipe;

/// The commands of the folder's workflow, without those that install.
fn workflow(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join(".github/workflows/features.yml")).unwrap();
    let commands = text.lines().filter_map(|line| line.trim().strip_prefix("- run: counterscope "));
    commands.map(str::to_owned).collect()
}

/// Runs the workflow in its folder; the exit code of each command.
fn codes(place: &Place, folder: &str) -> Vec<Option<i32>> {
    let folder = place.path().join(folder);
    let run = |command: &String| {
        let words: Vec<&str> = command.split(' ').collect();
        place.command(&words).current_dir(&folder).output().unwrap().status.code()
    };
    workflow(&folder).iter().map(run).collect()
}

#[test]
fn a_folder_with_a_sample_passes_its_own_workflow() {
    let place = Place::new();
    let ran = place.run(&["init", "new/folder"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_eq!(
        ran.out,
        "\
wrote new/folder/features.yaml
wrote new/folder/events.ndjson
wrote new/folder/README.md
wrote new/folder/.github/workflows/features.yml
try: cd new/folder && counterscope test features.yaml
"
    );
    assert_eq!(
        workflow(&place.path().join("new/folder")),
        [
            "check --format github --deny-warnings features.yaml events.ndjson",
            "test features.yaml",
            "fmt --check features.yaml"
        ]
    );
    assert_eq!(codes(&place, "new/folder"), [Some(0); 3]);

    // A change that breaks the config, one that no key has, and one that a test does not expect.
    let path = place.path().join("new/folder/features.yaml");
    let good = std::fs::read_to_string(&path).unwrap();
    for (from, to, codes_after) in [
        ("half_life: 6h", "half_live: 6h", [Some(1), Some(1), Some(0)]),
        ("interaction: click", "interaction: clik", [Some(1), Some(1), Some(0)]),
        ("windows: [1h, 6h]", "windows: [1h, 6h]\n    offset: 1h", [Some(0), Some(1), Some(0)]),
        ("half_life: 6h", "half_life:   6h", [Some(0), Some(0), Some(1)]),
    ] {
        assert!(good.contains(from));
        std::fs::write(&path, good.replace(from, to)).unwrap();
        assert_eq!(codes(&place, "new/folder"), codes_after, "{to}");
    }
}

#[test]
fn a_folder_for_a_log_has_a_config_for_it_with_a_test_that_passes() {
    let shop = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-events/quickstart.ndjson.gz");
    let place = Place::new();
    let mut logs = vec![shop.to_owned()];
    for (page, name) in [
        ("retailrocket", "events.csv"),
        ("movielens", "ratings.csv"),
        ("github-archive", "github.ndjson"),
        ("open-bandit", "all.csv"),
        ("otto", "otto.jsonl"),
    ] {
        place.write(name, &recipe(page, name));
        logs.push(name.to_owned());
    }
    for (at, log) in logs.iter().enumerate() {
        let folder = format!("folder{at}");
        let ran = place.run(&["init", &folder, "--log", log]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{log}");
        assert_eq!(codes(&place, &folder), [Some(0); 3], "{log}");
    }
}

#[test]
fn the_workflow_names_a_log_that_lies_in_the_folder() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("mine")).unwrap();
    place.write("mine/ratings.csv", &recipe("movielens", "ratings.csv"));
    for (folder, files) in
        [("mine", "features.yaml ratings.csv\n"), ("other", "--deny-warnings features.yaml\n")]
    {
        let ran = place.run(&["init", folder, "--log", "mine/ratings.csv"]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{folder}");
        let path = place.path().join(folder).join(".github/workflows/features.yml");
        let workflow = std::fs::read_to_string(path).unwrap();
        assert!(workflow.contains(files), "{workflow}");
    }
}

#[test]
fn nothing_is_written_over() {
    let place = Place::new();
    place.write("README.md", "mine\n");
    let ran = place.run(&["init"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert_eq!(
        ran.err,
        "error: `./README.md` is there already, and is not written over\nhelp: name another folder, \
         or move the file away\n"
    );
    assert!(!place.path().join("features.yaml").exists());
    assert_eq!(std::fs::read_to_string(place.path().join("README.md")).unwrap(), "mine\n");
}
