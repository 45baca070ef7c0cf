//! What a run and one of its steps may use up. Every limit is named in the failure that reports it.

/// Limits of a step and of a run; the defaults are the promised ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Instructions after which a step ends at the next `pause`.
    pub step_instructions: u64,
    /// Local effects after which a step ends at the next `pause`.
    pub step_effects: u32,
    /// Bytes of text, lists and records made after which a step ends at the next `pause`.
    pub step_bytes: u64,
    /// Jumps backwards and calls while a run does not wait; then failure `.limit`.
    pub back_edges_max: u64,
    /// Calls that leave the machine while a run does not wait; then failure `.limit`.
    pub calls_max: u32,
    /// Bytes of text, lists and records made in one step, an upper bound of what it can hold alive; then failure `.limit`.
    pub live_bytes_max: u64,
    /// Flows that call each other; then failure `.limit`.
    pub frames_max: usize,
    /// Paths alive at once; then failure `.limit`.
    pub paths_max: usize,
    /// Runs that one run starts; then failure `.limit`.
    pub children_max: u32,
    /// Runs that let each other in, and launches, one after the other and none of them waiting; then failure `.limit`.
    pub chain_depth_max: u32,
    /// Runs that one run has led to while none of them waited; then failure `.limit`.
    pub chain_births_max: u32,
    /// Bytes of one text; then failure `.limit`.
    pub text_bytes_max: usize,
    /// Items of one list or map; then failure `.limit`.
    pub items_max: usize,
    /// Containers within containers; then failure `.limit`.
    pub depth_max: usize,
    /// Bytes of a suspended run beyond which its timeline says what takes them.
    pub state_bytes_soft: usize,
    /// Bytes of a suspended run; then failure `.limit` at the wait.
    pub state_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            step_instructions: 50_000,
            step_effects: 256,
            step_bytes: 64 << 10,
            back_edges_max: 1_000_000,
            calls_max: 100_000,
            live_bytes_max: 64 << 20,
            frames_max: 256,
            paths_max: 64,
            children_max: 10_000,
            chain_depth_max: 1_000,
            chain_births_max: 20_000,
            text_bytes_max: 1 << 20,
            items_max: 100_000,
            depth_max: 64,
            state_bytes_soft: 8 << 10,
            state_bytes_max: 256 << 10,
        }
    }
}
