//! The recipes, `docs/recipes/*.md`: each page is played as a reader types it in. Its files are
//! written under their names, its commands are run and must say what the page shows, and its
//! tables are held against the config and the logs of the last command, as those of the specs are.
//! `COUNTERSCOPE_BLESS=1` writes what commands say anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::commands::Place;
use crate::documents::{Block, Part, parts};
use crate::specs::Loaded;

/// The heads of tables for readers alone.
const PROSE: [&str; 5] =
    ["the data", "reason", "key of the workbench", "member", "member of a side"];

/// Whether what commands say is to be written anew.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so by a variable")]
fn is_blessed() -> bool {
    std::env::var_os("COUNTERSCOPE_BLESS").is_some()
}

/// A page that is played.
#[derive(Default)]
struct Recipe {
    files: BTreeSet<String>,
    loaded: Option<Loaded>,
    /// Rows that were compared.
    checks: usize,
    /// What is wrong, each with its line.
    faults: Vec<(usize, String)>,
    /// Blocks of commands that say something else now, and what they say.
    changed: Vec<(String, String)>,
}

impl Recipe {
    fn play(text: &str) -> Self {
        let place = Place::new();
        let mut recipe = Self::default();
        for part in parts(text) {
            match part {
                Part::Block(block) if block.info == "console" => recipe.run(&place, &block),
                Part::Block(block) if block.info == "text" => {}
                Part::Block(block) => match block.info.split_once(' ') {
                    Some((_, name)) => {
                        if !text.contains(&format!("`{name}`")) {
                            recipe.faults.push((block.line, format!("no sentence names `{name}`")));
                        }
                        std::fs::write(place.path().join(name), &block.body).unwrap();
                        recipe.files.insert(name.to_owned());
                    }
                    None => recipe.faults.push((block.line, "a block without a name".into())),
                },
                Part::Table(table) if PROSE.contains(&table.head[0].as_str()) => {}
                Part::Table(table) => match &recipe.loaded {
                    Some(loaded) => {
                        recipe.checks += table.rows.len();
                        recipe.faults.extend(loaded.faults(&table));
                    }
                    None => recipe.faults.push((table.rows[0].0, "no command before it".into())),
                },
            }
        }
        recipe
    }

    /// The page of a file, whose commands are written anew if that is asked for.
    fn of(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let recipe = Self::play(&text);
        if !is_blessed() || recipe.changed.is_empty() {
            return recipe;
        }
        let fresh = |text: String, (old, new): &(String, String)| text.replacen(old, new, 1);
        let text = recipe.changed.iter().fold(text, fresh);
        std::fs::write(path, &text).unwrap();
        Self::play(&text)
    }

    /// Runs the commands of a block, and compares what a terminal would show.
    fn run(&mut self, place: &Place, block: &Block) {
        let mut said = String::new();
        for line in block.body.lines().filter(|line| line.starts_with("$ ")) {
            let words: Vec<&str> = line.split_whitespace().skip(1).collect();
            let ran = place.run(&words[1..]);
            writeln!(said, "{line}").unwrap();
            for line in ran.out.lines().chain(ran.err.lines()) {
                writeln!(said, "{}", line.trim_end()).unwrap();
            }
            if words[0] != "counterscope" || ran.code != Some(0) {
                self.faults.push((block.line, format!("`{line}`: {ran:?}")));
                continue;
            }
            let logs = words.iter().skip(3).filter(|word| self.files.contains(**word));
            let logs = logs.map(|log| place.path().join(log)).collect();
            let path = place.path().join(words[2]);
            let config = std::fs::read_to_string(&path).unwrap();
            self.loaded = Some(Loaded::new(&path, &config, logs));
        }
        if said != block.body {
            self.faults.push((block.line, format!("what is said is\n{said}")));
            self.changed.push((block.body.clone(), said));
        }
    }
}

#[test]
fn recipes_come_true_as_the_specs_do() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/recipes");
    let index = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let pages = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> = pages.filter(|path| !path.ends_with("README.md")).collect();
    pages.sort();
    assert!(pages.len() > 8);
    let mut faults = String::new();
    for path in pages {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(index.contains(&format!("]({name})")), "docs/recipes/README.md lacks {name}");
        let recipe = Recipe::of(&path);
        if recipe.checks < 5 || recipe.files.len() < 2 {
            writeln!(faults, "{name}: needs a log, a config and values worked out").unwrap();
        }
        for (line, what) in recipe.faults {
            writeln!(faults, "docs/recipes/{name}:{line}: {what}").unwrap();
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn the_page_on_explanations_says_what_is_said() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/explain.md");
    let recipe = Recipe::of(&page);
    assert!(recipe.files.len() == 2, "{:?}", recipe.files);
    let faults: Vec<String> = recipe
        .faults
        .iter()
        .map(|(line, what)| format!("{}:{line}: {what}", page.display()))
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn a_recipe_that_is_wrong_is_told() {
    let text = "\
`log.csv` and `n.yaml`:

```csv log.csv
time,type,item
2024-06-01,click,a
```

```yaml n.yaml
features: [{name: n, type: interaction_count, interaction: click, scope: item}]
```

```text hidden.txt
```

```console
$ counterscope values n.yaml log.csv --format table
 FEATURE  KEY  VALUE  SERVED
 n        a        2       2
```

| output | key | as of | live |
|---|---|---|---|
| n | a | end | 2 |
";
    let recipe = Recipe::play(text);
    let told: Vec<_> = recipe.faults.iter().map(|(line, what)| (*line, what.as_str())).collect();
    let shown = "what is said is\n$ counterscope values n.yaml log.csv --format table
 FEATURE  KEY  VALUE  SERVED\n n        a        1       1\n";
    let expected =
        [(12, "no sentence names `hidden.txt`"), (15, shown), (23, "expected 2, found 1")];
    assert_eq!(told, expected);
}
