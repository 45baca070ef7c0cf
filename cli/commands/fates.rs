//! What becomes of runs when their flow changes: one line per place and reason.

use super::runs::flow_name;
use crate::io::{Io, quoted};
use crate::trouble::Trouble;
use crate::values::{counted, number};
use flow_lang::diag::render::clean;
use flow_vm::engine::{MigrationReport, PlaceFate, PlaceReport};
use serde_json::json;

/// Shows a report, and counts runs that stay, need a mapping, break. `fits` says what becomes of the first.
///
/// # Errors
/// Standard output cannot be written.
pub fn show(report: &MigrationReport, json: bool, fits: &str, io: &mut Io) -> Result<[u64; 3], Trouble> {
    let sum = |fate: PlaceFate| report.places.iter().filter(|place| place.fate == fate).map(|place| place.runs).sum();
    let counts @ [stay, need, broken]: [u64; 3] =
        [sum(PlaceFate::Stays), sum(PlaceFate::NeedsMapping), sum(PlaceFate::Breaks)];
    if json {
        for place in &report.places {
            let object = json!({
                "flow": place.flow, "place": place.place, "fate": place.fate.word(), "runs": place.runs,
                "why": place.why, "suggestion": place.suggestion,
            });
            io.line(object.to_string())?;
        }
        return Ok(counts);
    }
    let widest = report.places.iter().map(|place| number(place.runs).len()).max().unwrap_or(0);
    let mut flow = "";
    for place in &report.places {
        if place.flow != flow {
            flow = &place.flow;
            let name = io.paint().bold(flow_name(flow));
            io.line(name)?;
        }
        line(place, widest, fits, io)?;
    }
    let older = stay + need + broken;
    if older == 0 {
        io.line("no run of an older version is under way")?;
        return Ok(counts);
    }
    let fits = if stay == 1 && fits == "stay as they are" { "stays as it is" } else { fits };
    let (needs, breaks) = (if need == 1 { "needs" } else { "need" }, if broken == 1 { "breaks" } else { "break" });
    let (stay, need, broken) = (number(stay), number(need), number(broken));
    io.line("")?;
    io.paragraph(
        &format!(
            "{} of older versions: {stay} {fits}, {need} {needs} a mapping, {broken} {breaks}",
            counted(older, "run")
        ),
        2,
    )?;
    Ok(counts)
}

fn line(place: &PlaceReport, widest: usize, fits: &str, io: &mut Io) -> Result<(), Trouble> {
    let paint = io.paint();
    let one = place.runs == 1;
    let runs = if one { "run " } else { "runs" };
    let at = match place.place.as_str() {
        "" => "that has not begun".to_owned(),
        // As `--map` takes it.
        key => format!("at {}", clean(key.get(key.find(['#', '/']).unwrap_or(0)..).unwrap_or(key))),
    };
    let (fate, style): (&str, fn(crate::paint::Paint, String) -> String) = match place.fate {
        PlaceFate::Stays if one && fits == "stay as they are" => ("stays as it is", |paint, text| paint.good(text)),
        PlaceFate::Stays => (fits, |paint, text| paint.good(text)),
        PlaceFate::NeedsMapping => {
            (if one { "needs a mapping" } else { "need a mapping" }, |paint, text| paint.warn(text))
        }
        PlaceFate::Breaks => (if one { "breaks" } else { "break" }, |paint, text| paint.bad(text)),
    };
    let why = place.why.as_ref().map(|why| format!(": {}", clean(why))).unwrap_or_default();
    let hint = place
        .suggestion
        .as_ref()
        .map(|key| paint.note(format!(" (perhaps --map {})", quoted(&clean(&mapping(place, key))))));
    let text = format!(
        "  {:>widest$} {} {at} {}{why}{}",
        number(place.runs),
        runs.trim_end(),
        style(paint, fate.to_owned()),
        hint.unwrap_or_default()
    );
    io.paragraph(&text, widest + 8)
}

/// What `--map` takes to say that a place is the one suggested.
fn mapping(place: &PlaceReport, suggestion: &str) -> String {
    // Of an option the whole mapping is suggested.
    if let Some(option) = suggestion.strip_prefix(&place.place).and_then(|rest| rest.strip_prefix('.')) {
        return format!("{}.{option}", short(&place.place));
    }
    // One that is no place is a flow, whose places keep their names.
    let from = if suggestion.contains(['#', '/', '~']) { short(&place.place) } else { place.flow.clone() };
    format!("{from}={}", short(suggestion))
}

/// A place as `--map` takes it: an anchor by itself, else the whole key.
fn short(key: &str) -> String {
    match key.split_once('#') {
        Some((_, anchor)) if !anchor.contains(['/', '~']) => anchor.to_owned(),
        _ => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_short() {
        assert_eq!(short("onboarding.onboarding#nudge"), "nudge");
        assert_eq!(short("onboarding.onboarding#nudge/ask:email"), "onboarding.onboarding#nudge/ask:email");
        assert_eq!(short("onboarding.onboarding/wait~2"), "onboarding.onboarding/wait~2");
    }
}
