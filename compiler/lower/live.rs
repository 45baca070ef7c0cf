//! What is live at each place: a backward analysis over basic blocks.
//!
//! Every instruction of a stretch whose failures are caught counts as one that may fail. That is more than true, and what
//! the verifier assumes too; a place is an instruction that may fail in any case.
//!
//! Registers are looked at 64 at a time, and of those only the blocks in which one of them is live: a function of thousands
//! of variables, each needed nearby, costs what its instructions are, not variables times blocks.

use super::blocks::Blocks;
use super::func::{Fun, PlaceKindIr};
use super::uses::{Rows, operands};
use crate::effort::spent;
use std::collections::BinaryHeap;

/// Things by what they belong to, in the order in which they came.
#[derive(Debug)]
pub(super) struct Grouped<T> {
    /// Where the things of each group begin.
    starts: Vec<u32>,
    things: Vec<T>,
}

impl<T: Copy + Default> Grouped<T> {
    /// Pairs of a group, of so many, and a thing.
    pub fn of(groups: usize, pairs: &[(u32, T)]) -> Self {
        let (mut starts, mut things) = (vec![0_u32; groups + 1], vec![T::default(); pairs.len()]);
        pairs.iter().for_each(|(group, _)| starts[*group as usize] += 1);
        (1..=groups).for_each(|at| starts[at] += starts[at - 1]);
        // Each group is filled from its end.
        for (group, thing) in pairs.iter().rev() {
            let start = &mut starts[*group as usize];
            *start -= 1;
            things[*start as usize] = *thing;
        }
        Grouped { starts, things }
    }

    /// Those of a group.
    pub fn get(&self, group: u32) -> &[T] {
        let group = group as usize;
        &self.things[self.starts[group] as usize..self.starts[group + 1] as usize]
    }
}

/// What a block needs of 64 registers, and what it leaves as it was.
#[derive(Debug, Clone, Copy, Default)]
struct Fact {
    block: u32,
    needs: u64,
    keeps: u64,
}

/// A way from a block to another.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Way {
    pub from: u32,
    /// One more than the register that is written on the way.
    pub writes: u32,
    /// Any instruction of the block may lead there: nothing that it writes has been written for sure.
    pub raised: bool,
}

impl Way {
    /// What of a word is not written on the way.
    fn passes(self, word: u32) -> u64 {
        match self.writes.checked_sub(1) {
            Some(at) if at / 64 == word => !(1 << (at % 64)),
            _ => u64::MAX,
        }
    }
}

/// Registers of a row: a word, and which of its 64 are in the set.
type Word = (u32, u64);

/// What is live at the start of each block: the least that holds of all ways.
fn solve(blocks: usize, words: usize, facts: &Grouped<Fact>, ways: &Grouped<Way>) -> Grouped<Word> {
    let mut found: Vec<(u32, Word)> = Vec::with_capacity(blocks);
    let (mut live, mut keeps) = (vec![0_u64; blocks], vec![u64::MAX; blocks]);
    // Those behind come first: most of what follows a block is known before the block is looked at.
    let (mut work, mut lives) = (BinaryHeap::with_capacity(blocks), Vec::<u32>::with_capacity(blocks));
    for word in 0..words as u32 {
        for fact in facts.get(word) {
            let block = fact.block as usize;
            keeps[block] = fact.keeps;
            live[block] = fact.needs;
        }
        lives.extend(facts.get(word).iter().filter(|fact| fact.needs != 0).map(|fact| fact.block));
        work.extend(lives.iter().copied());
        while let Some(block) = work.pop() {
            while work.peek() == Some(&block) {
                work.pop();
            }
            let ways = ways.get(block);
            spent(1 + ways.len());
            for way in ways {
                let from = way.from as usize;
                let mut more = live[block as usize] & way.passes(word);
                if !way.raised {
                    more &= keeps[from];
                }
                let known = live[from];
                if more & !known != 0 {
                    live[from] |= more;
                    work.push(way.from);
                    if known == 0 {
                        lives.push(way.from);
                    }
                }
            }
        }
        found.extend(lives.iter().map(|block| (*block, (word, live[*block as usize]))));
        lives.drain(..).for_each(|block| live[block as usize] = 0);
        facts.get(word).iter().for_each(|fact| keeps[fact.block as usize] = u64::MAX);
    }
    Grouped::of(blocks, &found)
}

/// A set of registers, most of whose words are empty.
#[derive(Debug)]
pub(super) struct Set {
    words: Vec<u64>,
    /// The words that may have some, and whether a word is among them.
    used: Vec<u32>,
    is_used: Vec<bool>,
}

impl Set {
    fn new(words: usize) -> Set {
        Set { words: vec![0; words], used: Vec::new(), is_used: vec![false; words] }
    }

    fn clear(&mut self) {
        for word in self.used.drain(..) {
            (self.words[word as usize], self.is_used[word as usize]) = (0, false);
        }
    }

    fn add(&mut self, (word, bits): Word) {
        let Some(known) = self.words.get_mut(word as usize) else { return };
        *known |= bits;
        if !std::mem::replace(&mut self.is_used[word as usize], true) {
            self.used.push(word);
        }
    }

    fn set(&mut self, at: u32) {
        self.add((at / 64, 1 << (at % 64)));
    }

    fn unset(&mut self, at: u32) {
        if let Some(word) = self.words.get_mut(at as usize / 64) {
            *word &= !(1 << (at % 64));
        }
    }

    fn add_all(&mut self, more: &Set) {
        more.used.iter().for_each(|word| self.add((*word, more.words[*word as usize])));
    }

    /// The registers in the set, in order.
    pub fn members(&mut self) -> impl Iterator<Item = u32> {
        self.used.sort_unstable();
        self.used.iter().flat_map(|index| {
            let mut left = self.words[*index as usize];
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.checked_sub(1)?;
                Some(index * 64 + bit)
            })
        })
    }
}

/// Works out what is live at the places of a function.
pub(super) struct Liveness<'a, 'h> {
    fun: &'a Fun<'h>,
    rows: Rows,
    blocks: Blocks,
    /// Per block, live at its start.
    inward: Grouped<Word>,
}

impl<'a, 'h> Liveness<'a, 'h> {
    /// Finds the blocks, and what is live at the start of each.
    pub fn new(fun: &'a Fun<'h>) -> Self {
        let rows = Rows::of(fun);
        let blocks = Blocks::of(fun);
        let count = blocks.all.len();
        let mut ways = Vec::with_capacity(2 * count);
        for from in 0..count as u32 {
            blocks.ways(fun, rows, from, |to, way| ways.push((to, way)));
        }
        let ways = Grouped::of(count, &ways);
        let facts = facts(fun, rows, &blocks);
        let inward = solve(count, rows.words(), &facts, &ways);
        Liveness { fun, rows, blocks, inward }
    }

    /// The registers' row.
    pub fn rows(&self) -> Rows {
        self.rows
    }

    /// Live after the last instruction of a block, and where failures of the block go.
    fn outward(&self, block: u32, live: &mut Set, caught: &mut Set) {
        live.clear();
        caught.clear();
        self.blocks.ways(self.fun, self.rows, block, |to, way| {
            let into = if way.raised { &mut *caught } else { &mut *live };
            for (word, bits) in self.inward.get(to) {
                into.add((*word, bits & way.passes(*word)));
            }
        });
    }

    /// Steps backwards over an instruction.
    fn step(&self, pc: u32, live: &mut Set) {
        let Some(ins) = self.fun.code.get(pc as usize) else { return };
        operands(self.fun, self.rows, *ins, |at, defines| if defines { live.unset(at) } else { live.set(at) });
    }

    /// Tells what is live while the run waits at each place, in order of the instructions.
    pub fn places(&self, mut tell: impl FnMut(usize, &mut Set)) {
        let mut at_pc: Vec<(u32, usize)> = self.fun.places.iter().enumerate().map(|(i, one)| (one.pc, i)).collect();
        at_pc.sort_unstable();
        let [mut live, mut waiting, mut caught] = [(); 3].map(|()| Set::new(self.rows.words()));
        let mut from = 0;
        for (index, block) in (0..).zip(&self.blocks.all) {
            let to = from + at_pc[from..].iter().take_while(|(pc, _)| *pc < block.end).count();
            let mut here = &at_pc[from..to];
            from = to;
            if here.is_empty() {
                continue;
            }
            self.outward(index, &mut live, &mut caught);
            for pc in (block.start..block.end).rev() {
                if let Some(((_, place), rest)) = here.split_last().filter(|((at, _), _)| *at == pc) {
                    here = rest;
                    waiting.clear();
                    waiting.add_all(&live);
                    let kind = self.fun.places.get(*place).map(|one| &one.kind);
                    let mut look = |defs: bool| {
                        let Some(ins) = self.fun.code.get(pc as usize) else { return };
                        operands(self.fun, self.rows, *ins, |at, defines| match (defines, defs) {
                            (true, true) => waiting.unset(at),
                            (false, false) => waiting.set(at),
                            _ => {}
                        });
                    };
                    look(true);
                    // A callee has its arguments already; everything else is needed to go on, or to try again.
                    if !matches!(kind, Some(PlaceKindIr::Call)) {
                        look(false);
                    }
                    waiting.add_all(&caught);
                    tell(*place, &mut waiting);
                }
                self.step(pc, &mut live);
                live.add_all(&caught);
            }
        }
    }
}

/// By word, what each block does with the registers of it.
fn facts(fun: &Fun<'_>, rows: Rows, blocks: &Blocks) -> Grouped<Fact> {
    let words = rows.words();
    let (mut needs, mut writes) = (Set::new(words), Set::new(words));
    let mut found = Vec::with_capacity(2 * blocks.all.len());
    for (index, block) in (0..).zip(&blocks.all) {
        for ins in fun.code[block.start as usize..block.end as usize].iter().rev() {
            operands(fun, rows, *ins, |at, defines| {
                if defines {
                    needs.unset(at);
                    writes.set(at);
                } else {
                    needs.set(at);
                }
            });
        }
        // Every word of the one is one of the other then.
        writes.used.iter().for_each(|word| needs.add((*word, 0)));
        for word in &needs.used {
            let at = *word as usize;
            found.push((*word, Fact { block: index, needs: needs.words[at], keeps: !writes.words[at] }));
        }
        needs.clear();
        writes.clear();
    }
    spent(found.len());
    Grouped::of(words, &found)
}

#[cfg(test)]
mod tests {
    use super::{Fact, Grouped, Way, solve};

    /// What is live is what going round over whole rows finds.
    #[test]
    fn what_is_live_is_the_least_that_holds_of_all_ways() {
        let mut state = 1_u64;
        let mut random = |below: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) % u64::from(below)) as u32
        };
        for _ in 0..500 {
            let (blocks, words) = (1 + random(12), 1 + random(3));
            let (mut facts, mut ways) = (Vec::new(), Vec::new());
            let (mut needs, mut keeps) =
                (vec![0; (blocks * words) as usize], vec![u64::MAX; (blocks * words) as usize]);
            for block in 0..blocks {
                for word in 0..words {
                    let at = (block * words + word) as usize;
                    if random(3) > 0 {
                        needs[at] = u64::from(random(8) & random(8)) << random(61);
                        keeps[at] = !(u64::from(random(8)) << random(61));
                        facts.push((word, Fact { block, needs: needs[at], keeps: keeps[at] }));
                    }
                }
                for _ in 0..random(4) {
                    let way = Way { from: block, writes: random(2) * random(64 * words), raised: random(4) == 0 };
                    ways.push((random(blocks), way));
                }
            }
            let mut rows = needs.clone();
            loop {
                let before = rows.clone();
                for (to, way) in &ways {
                    for word in 0..words {
                        let (to, from) = ((to * words + word) as usize, (way.from * words + word) as usize);
                        let mut more = rows[to] & way.passes(word);
                        if !way.raised {
                            more &= keeps[from];
                        }
                        rows[from] |= more;
                    }
                }
                if rows == before {
                    break;
                }
            }
            let (facts, ways) = (Grouped::of(words as usize, &facts), Grouped::of(blocks as usize, &ways));
            let found = solve(blocks as usize, words as usize, &facts, &ways);
            for block in 0..blocks {
                let row = rows[(block * words) as usize..][..words as usize].iter().copied();
                let row: Vec<_> = (0..).zip(row).filter(|(_, bits)| *bits != 0).collect();
                assert_eq!(found.get(block), row);
            }
        }
    }
}
