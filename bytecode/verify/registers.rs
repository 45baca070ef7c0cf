//! What registers hold at the many points of a function, as trees that share what they have in common: a point costs what is different
//! there, however many registers there are.

use super::shape::{Held, Items};
use crate::program::Program;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Registers of a leaf, and trees under a branch.
const WIDTH: usize = 8;
/// Where trees are of this height, pairs of them are joined once only; where they are smaller, that is sooner done than looked up.
const REMEMBERED: u32 = 3;

/// What every register holds at one point. One tree is always the same; another one may hold the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tree(u32);

impl Tree {
    /// Nothing that may be used, wherever one looks.
    pub const UNUSABLE: Tree = Tree(0);
}

/// The trees of one function.
pub(super) struct Trees {
    /// Of a tree that has all registers: 0 is a leaf.
    height: u32,
    registers: usize,
    leaves: Vec<[Held; WIDTH]>,
    branches: Vec<[u32; WIDTH]>,
    /// What was made of two branches.
    joined: HashMap<(u32, u32), u32, BuildHasherDefault<Mixer>>,
    /// From so many on, those that nothing leads to are thrown away.
    many: usize,
    /// Trees gone through.
    pub visits: u64,
}

/// Trees that are kept before any is thrown away.
const MANY: usize = 1 << 17;

/// Spreads the numbers of trees, which are small and follow each other.
#[derive(Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u32(u32::from(*byte)));
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = (self.0.rotate_left(32) ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

/// Where a register is in a tree of a height.
fn turn(slot: usize, height: u32) -> usize {
    slot / WIDTH.pow(height) % WIDTH
}

impl Trees {
    pub fn new(registers: usize) -> Self {
        let height = (0..).find(|height| WIDTH.pow(height + 1) >= registers).unwrap_or_default();
        let (mut leaves, mut branches) = (Vec::with_capacity(16), Vec::with_capacity(16));
        leaves.push([Held::UNUSABLE; WIDTH]);
        branches.push([0; WIDTH]);
        Trees { height, registers, leaves, branches, joined: HashMap::default(), many: MANY, visits: 0 }
    }

    /// What a register holds, if there is one.
    pub fn get(&self, tree: Tree, slot: usize) -> Option<Held> {
        if slot >= self.registers {
            return None;
        }
        let mut at = tree.0;
        for height in (1..=self.height).rev() {
            at = self.branches[at as usize][turn(slot, height)];
        }
        Some(self.leaves[at as usize][turn(slot, 0)])
    }

    /// The same with some registers written, each of them once and in order.
    pub fn with(&mut self, tree: Tree, written: &[(usize, Held)]) -> Tree {
        match written {
            [] => tree,
            written => Tree(self.with_at(self.height, tree.0, written)),
        }
    }

    fn with_at(&mut self, height: u32, at: u32, written: &[(usize, Held)]) -> u32 {
        self.visits += 1;
        if height == 0 {
            let mut leaf = self.leaves[at as usize];
            written.iter().for_each(|(slot, held)| leaf[turn(*slot, 0)] = *held);
            return self.leaf(leaf, at, at);
        }
        let mut branch = self.branches[at as usize];
        for written in written.chunk_by(|(one, _), (next, _)| turn(*one, height) == turn(*next, height)) {
            let below = &mut branch[turn(written[0].0, height)];
            *below = self.with_at(height - 1, *below, written);
        }
        self.branch(branch, at, at)
    }

    /// The same with nothing that may be used from one register up to another.
    pub fn without(&mut self, tree: Tree, from: usize, to: usize) -> Tree {
        Tree(self.without_at(self.height, tree.0, 0, from, to))
    }

    fn without_at(&mut self, height: u32, at: u32, first: usize, from: usize, to: usize) -> u32 {
        self.visits += 1;
        let end = first + WIDTH.pow(height + 1);
        if at == 0 || end <= from || to <= first {
            return at;
        }
        if from <= first && end <= to {
            return 0;
        }
        if height == 0 {
            let mut leaf = self.leaves[at as usize];
            let lost = (first..end).zip(&mut leaf).filter(|(slot, _)| (from..to).contains(slot));
            lost.for_each(|(_, held)| *held = Held::UNUSABLE);
            return self.leaf(leaf, at, at);
        }
        let mut branch = self.branches[at as usize];
        for (below, first) in branch.iter_mut().zip((first..end).step_by(WIDTH.pow(height))) {
            *below = self.without_at(height - 1, *below, first, from, to);
        }
        self.branch(branch, at, at)
    }

    /// What two trees have in common: `known` itself where `new` brings nothing else.
    pub fn join(&mut self, program: &Program, items: &mut Items, known: Tree, new: Tree) -> Tree {
        Tree(self.join_at(self.height, program, items, known.0, new.0))
    }

    fn join_at(&mut self, height: u32, program: &Program, items: &mut Items, known: u32, new: u32) -> u32 {
        self.visits += 1;
        if known == new || known == 0 || new == 0 {
            return known.min(new);
        }
        if height == 0 {
            let (mut both, other) = (self.leaves[known as usize], self.leaves[new as usize]);
            for (both, new) in both.iter_mut().zip(other).filter(|(both, new)| **both != *new) {
                *both = items.join(program, *both, new);
            }
            return self.leaf(both, known, new);
        }
        let remembered = self.height >= REMEMBERED;
        if let Some(both) = self.joined.get(&(known, new)).filter(|_| remembered) {
            return *both;
        }
        let (mut both, other) = (self.branches[known as usize], self.branches[new as usize]);
        for (both, new) in both.iter_mut().zip(other) {
            *both = self.join_at(height - 1, program, items, *both, new);
        }
        let both = self.branch(both, known, new);
        if remembered {
            self.joined.insert((known, new), both);
        }
        both
    }

    /// A leaf that is just so, where one is at hand, or a new one.
    fn leaf(&mut self, leaf: [Held; WIDTH], one: u32, other: u32) -> u32 {
        let known = [one, other, 0].into_iter().find(|at| self.leaves[*at as usize] == leaf);
        known.unwrap_or_else(|| added(&mut self.leaves, leaf))
    }

    /// A branch that is just so, where one is at hand, or a new one.
    fn branch(&mut self, branch: [u32; WIDTH], one: u32, other: u32) -> u32 {
        let known = [one, other, 0].into_iter().find(|at| self.branches[*at as usize] == branch);
        known.unwrap_or_else(|| added(&mut self.branches, branch))
    }

    /// Whether so many trees have been made that those nobody needs should go.
    pub fn are_many(&self) -> bool {
        self.leaves.len() + self.branches.len() >= self.many
    }

    /// Keeps these trees, which get other numbers, and no others.
    pub fn keep<'t>(&mut self, roots: impl Iterator<Item = &'t mut Tree>) {
        let leaves = std::mem::replace(&mut self.leaves, vec![[Held::UNUSABLE; WIDTH]]);
        let branches = std::mem::replace(&mut self.branches, vec![[0; WIDTH]]);
        self.joined.clear();
        let mut moved = (vec![0; leaves.len()], vec![0; branches.len()]);
        for root in roots {
            root.0 = self.keep_at(self.height, root.0, &(&leaves, &branches), &mut moved);
        }
        self.many = MANY.max(2 * (self.leaves.len() + self.branches.len()));
    }

    fn keep_at(&mut self, height: u32, at: u32, old: &Old, moved: &mut (Vec<u32>, Vec<u32>)) -> u32 {
        let (leaf, index) = (height == 0, at as usize);
        let known = if leaf { moved.0[index] } else { moved.1[index] };
        if at == 0 || known != 0 {
            return known;
        }
        self.visits += 1;
        if leaf {
            moved.0[index] = added(&mut self.leaves, old.0[index]);
            return moved.0[index];
        }
        let branch = old.1[index].map(|below| self.keep_at(height - 1, below, old, moved));
        moved.1[index] = added(&mut self.branches, branch);
        moved.1[index]
    }
}

/// Leaves and branches as they were.
type Old<'o> = (&'o [[Held; WIDTH]], &'o [[u32; WIDTH]]);

fn added<T>(all: &mut Vec<T>, one: T) -> u32 {
    all.push(one);
    all.len() as u32 - 1
}

/// What registers hold now: a tree, and what has been written since.
pub(super) struct Now {
    tree: Tree,
    /// Registers written, in no order.
    written: Vec<usize>,
    /// The same with what they hold, to make a tree of.
    row: Vec<(usize, Held)>,
    /// Of each register what was written, and in which round: older ones do not count.
    last: Vec<(u32, Held)>,
    round: u32,
}

impl Now {
    pub fn new(registers: usize) -> Self {
        let last = vec![(0, Held::UNUSABLE); registers];
        Now { tree: Tree::UNUSABLE, written: Vec::new(), row: Vec::new(), last, round: 1 }
    }

    /// Goes on from what registers hold elsewhere.
    pub fn begin(&mut self, tree: Tree) {
        self.tree = tree;
        self.written.clear();
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.last.iter_mut().for_each(|(round, _)| *round = 0);
            self.round = 1;
        }
    }

    /// What a register holds, if there is one.
    pub fn get(&self, trees: &Trees, slot: usize) -> Option<Held> {
        match self.last.get(slot) {
            Some((round, held)) if *round == self.round => Some(*held),
            _ => trees.get(self.tree, slot),
        }
    }

    /// Writes a register; whether there is one.
    pub fn put(&mut self, slot: usize, held: Held) -> bool {
        let Some(last) = self.last.get_mut(slot) else { return false };
        if last.0 != self.round {
            self.written.push(slot);
        }
        *last = (self.round, held);
        true
    }

    /// All of it as a tree.
    pub fn tree(&mut self, trees: &mut Trees) -> Tree {
        if !self.written.is_empty() {
            self.written.sort_unstable();
            self.row.clear();
            self.row.extend(self.written.iter().map(|slot| (*slot, self.last[*slot].1)));
            let tree = trees.with(self.tree, &self.row);
            self.begin(tree);
        }
        self.tree
    }
}

#[cfg(test)]
mod tests {
    use super::{Now, Tree, Trees, WIDTH};
    use crate::program::Program;
    use crate::verify::shape::{Held, Items, Shape};

    const HELD: [Held; 5] = [
        Held::UNUSABLE,
        Held::ANY,
        Held { shape: Shape::Text, null: false },
        Held { shape: Shape::Text, null: true },
        Held { shape: Shape::Bit, null: false },
    ];

    /// Trees do as plain rows of registers do, whatever is written, lost, joined and thrown away.
    #[test]
    fn a_tree_holds_what_a_row_does() {
        let (program, mut items) = (Program::default(), Items::default());
        let mut state = 1_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        for registers in [0, 1, 15, 16, 17, 255, 256, 257, 1_000, 5_000] {
            let (mut trees, mut now) = (Trees::new(registers), Now::new(registers));
            let mut known = vec![(Tree::UNUSABLE, vec![Held::UNUSABLE; registers])];
            for _ in 0..150 {
                let (mut tree, mut row) = known[random(known.len())].clone();
                match random(4) {
                    0 | 1 => {
                        now.begin(tree);
                        for _ in 0..random(20) {
                            let (slot, held) = (random(registers + 2), HELD[random(HELD.len())]);
                            assert_eq!(now.put(slot, held), slot < registers);
                            row.get_mut(slot).into_iter().for_each(|one| *one = held);
                            assert_eq!(now.get(&trees, slot), row.get(slot).copied());
                        }
                        tree = now.tree(&mut trees);
                    }
                    2 => {
                        let (from, to) = (random(registers + 1), random(registers + 1));
                        tree = trees.without(tree, from, to);
                        row.iter_mut().take(to).skip(from).for_each(|held| *held = Held::UNUSABLE);
                    }
                    _ => {
                        let (new, other) = known[random(known.len())].clone();
                        let before = row.clone();
                        row.iter_mut().zip(other).for_each(|(one, other)| *one = items.join(&program, *one, other));
                        let both = trees.join(&program, &mut items, tree, new);
                        assert_eq!(both == tree, row == before, "it is the same when nothing is new, and only then");
                        tree = both;
                    }
                }
                known.push((tree, row));
                if random(30) == 0 {
                    known.drain(..known.len() / 2);
                    trees.keep(known.iter_mut().map(|(tree, _)| tree));
                    assert!(trees.leaves.len() <= 1 + known.len() * registers.div_ceil(WIDTH));
                }
                let (tree, row) = &known[known.len() - 1];
                let held: Vec<_> = (0..registers).map_while(|slot| trees.get(*tree, slot)).collect();
                assert_eq!(held, *row);
                assert_eq!(trees.get(*tree, registers), None);
            }
        }
    }

    /// As many ways meet as there are variables, each of which has written another one.
    #[test]
    fn ways_that_meet_cost_what_each_has_written() {
        let visits = |ways: usize| {
            let (program, mut items, mut trees) = (Program::default(), Items::default(), Trees::new(ways));
            let null: Vec<_> = (0..ways).map(|slot| (slot, Shape::Null.into())).collect();
            let before = trees.with(Tree::UNUSABLE, &null);
            let written = (0..ways).map(|slot| trees.with(before, &[(slot, Shape::Text.into())])).collect::<Vec<_>>();
            let both = |known, new| trees.join(&program, &mut items, known, new);
            let all = written.into_iter().reduce(both).unwrap_or(before);
            assert_eq!(trees.get(all, ways / 2), Some(HELD[3]));
            trees.visits
        };
        let (once, twice) = (visits(1_000), visits(2_000));
        assert!(2 * twice <= 5 * once, "{once}, then {twice}");
    }
}
