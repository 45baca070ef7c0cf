//! Articles of a project's folder, and those that people write.
#![allow(clippy::expect_used, reason = "a test that cannot go on says where")]

mod common;
use common::Scratch;

/// A project with two articles.
fn project() -> Scratch {
    let project = Scratch::empty();
    project.write("flow.toml", "");
    project.write("desk.flow", "article reset, delivery, imprint\n\nflow f() { stop }\n");
    std::fs::create_dir(project.at("articles")).expect("a folder");
    project.write("articles/reset.md", "# How to reset\n\nOpen the ménu.\n");
    project.write("articles/delivery.md", "It takes two days.\n");
    project
}

#[test]
fn files_go_before_what_was_written_by_hand_and_leave_the_rest_alone() {
    let project = project();
    project.flow(&["deploy"]).expect(0);
    project.flow(&["articles", "search", "MENU"]).expect(0).shows("How to reset");
    project.flow(&["articles", "list"]).expect(0).shows("Delivery");
    project.flow(&["articles", "set", "reset", "title=Another"]).expect(0);
    project.flow(&["articles", "add", "name=imprint", "title=Imprint", "text=Who we are"]).expect(0);
    std::fs::remove_file(project.at("articles/delivery.md")).expect("it is there");
    project.flow(&["deploy"]).expect(0);
    project.flow(&["articles", "show", "reset"]).expect(0).shows("How to reset");
    project.flow(&["articles", "search", "who"]).expect(0).shows("Imprint");
    project.flow(&["articles", "search", "days"]).expect(0).shows("Delivery");
    project.flow(&["articles", "delete", "delivery", "--yes"]).expect(0);
    project.flow(&["articles", "search", "days"]).expect(0).shows("No article has any of these words");
}

#[test]
fn an_article_without_words_is_a_warning_and_a_file_that_is_none_an_error() {
    let project = project();
    project.flow(&["check"]).expect(0).says("1 warning");
    project.flow(&["check", "--format", "short"]).expect(0).shows("W0603").shows("`imprint`");
    project.write("articles/imprint.md", "# Imprint\n");
    project.flow(&["check"]).expect(0).says("nothing to complain about");
    project.write("articles/Opening Hours.md", "# x\n");
    project.flow(&["check"]).expect(2).says("what no article can be");
    project.flow(&["deploy"]).expect(2).says("what no article can be");
    // All of them at once, each with its file and its line.
    project.write("articles/delivery.md", "---\nauthor: Ada\nurl: nowhere\n---\n# x\n");
    project.write("articles/reset.md", b"# \xff\n");
    let told = project.flow(&["check"]).expect(2).err;
    for part in ["delivery.md:2: `author: Ada`", "delivery.md:3: `nowhere`", "Opening Hours.md: is called", "reset.md"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn what_is_exported_can_be_imported() {
    let (here, there) = (project(), project());
    here.flow(&["deploy"]).expect(0);
    here.flow(&["articles", "set", "delivery", "url=https://help.example.com/delivery"]).expect(0);
    here.flow(&["articles", "export", "-o", "articles.csv"]).expect(0);
    let file = std::fs::read(here.at("articles.csv")).expect("it was written");
    there.write("articles.csv", file);
    std::fs::remove_dir_all(there.at("articles")).expect("it is there");
    for _ in 0..2 {
        there.flow(&["articles", "import", "articles.csv"]).expect(0);
    }
    let listed = there.flow(&["articles", "list", "--json"]).expect(0).out;
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(listed.contains("https://help.example.com/delivery") && listed.contains("Open the ménu."), "{listed}");
}
