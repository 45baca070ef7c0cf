//! Rows in columns, for people; on a narrow terminal columns give way, and at last each row becomes a block of its own.

use crate::io::Io;
use crate::paint::{cut, width};
use crate::trouble::Trouble;
use flow_lang::diag::render::clean;

/// Columns between two columns.
const GAP: usize = 2;

/// A cell is cut to no fewer columns than this.
const CELL_MIN: usize = 10;

/// Writes rows, the first of which is the head, in columns as wide as they need; empty columns are left out. The first
/// column is never cut; where the others cannot be cut enough, each row is a block. `style` colours a cell after it was
/// measured.
///
/// # Errors
/// Standard output cannot be written.
pub fn table<const N: usize>(
    rows: &[[String; N]],
    io: &mut Io,
    style: impl Fn(usize, usize, &str) -> String,
) -> Result<(), Trouble> {
    let cleaned: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| clean(cell).replace('\n', " ")).collect()).collect();
    let room = if io.terminal.output { io.terminal.width } else { usize::MAX };
    let Some(widths) = widths::<N>(&cleaned, room) else { return blocks(&cleaned, room, io, style) };
    for (index, row) in cleaned.iter().enumerate() {
        let mut line = String::new();
        for (column, (cell, columns)) in row.iter().zip(&widths).enumerate().filter(|(_, (_, columns))| **columns > 0) {
            let cell = cut(cell, *columns);
            line.push_str(&style(index, column, &cell));
            line.push_str(&" ".repeat(columns.saturating_sub(width(&cell)) + GAP));
        }
        io.line(line.trim_end())?;
    }
    Ok(())
}

/// How wide each column is, 0 for one that is left out; `None` where they do not fit side by side.
fn widths<const N: usize>(rows: &[Vec<String>], room: usize) -> Option<Vec<usize>> {
    let of = |row: &Vec<String>, column: usize| row.get(column).map_or(0, |cell| width(cell));
    let mut widths: Vec<usize> = (0..N)
        .map(|column| match rows.iter().skip(1).map(|row| of(row, column)).max() {
            None | Some(0) => 0,
            Some(widest) => widest.max(rows.first().map_or(0, |head| of(head, column))),
        })
        .collect();
    loop {
        let used = widths.iter().filter(|columns| **columns > 0).map(|columns| columns + GAP).sum::<usize>();
        let over = used.saturating_sub(GAP).saturating_sub(room);
        if over == 0 {
            return Some(widths);
        }
        let widest = widths.iter_mut().skip(1).max_by_key(|columns| **columns)?;
        if *widest <= CELL_MIN {
            return None;
        }
        *widest -= 1;
    }
}

/// Each row on lines of its own: its first two cells, then the others below their names.
fn blocks(
    rows: &[Vec<String>],
    room: usize,
    io: &mut Io,
    style: impl Fn(usize, usize, &str) -> String,
) -> Result<(), Trouble> {
    let Some((head, rows)) = rows.split_first() else { return Ok(()) };
    let label = head.iter().skip(2).map(|name| width(name)).max().unwrap_or(0);
    for (index, row) in rows.iter().enumerate() {
        let mut cells = row.iter().zip(head).enumerate().filter(|(_, (cell, _))| !cell.is_empty());
        let first: Vec<String> =
            cells.by_ref().take(2).map(|(column, (cell, _))| style(index + 1, column, &cut(cell, room))).collect();
        io.line(first.join("  "))?;
        for (column, (cell, name)) in cells {
            let name = name.to_lowercase();
            let pad = " ".repeat(label.saturating_sub(width(&name)));
            let cell = cut(cell, room.saturating_sub(label + 4));
            io.line(format!("  {}{pad}  {}", style(0, column, &name), style(index + 1, column, &cell)))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
        vec![
            row(["ID", "STATE", "FLOW", "ABOUT"]),
            row(["r_1", "waiting", "onboarding.well_begun", ""]),
            row(["r_2", "failed", "x", ""]),
        ]
    }

    #[test]
    fn columns_give_way_before_rows_become_blocks() {
        assert_eq!(widths::<4>(&rows(), 80), Some(vec![3, 7, 21, 0]));
        assert_eq!(widths::<4>(&rows(), 25), Some(vec![3, 7, 11, 0]));
        assert_eq!(widths::<4>(&rows(), 20), None);
    }

    /// What a row is about may be long and stand beside its id: the longest gives way, and the id never.
    #[test]
    fn the_longest_gives_way_and_never_the_id() {
        let mut rows = rows();
        rows[1][1] = "It is broken, and ".repeat(20);
        rows[1][0] = "r_0123456789".to_owned();
        let widths = widths::<4>(&rows, 60).unwrap_or_default();
        assert_eq!(widths.iter().filter(|columns| **columns > 0).map(|columns| columns + GAP).sum::<usize>(), 62);
        assert_eq!((widths[0], widths[1] >= CELL_MIN), (12, true));
    }
}
