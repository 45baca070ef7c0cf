mod calls;
mod programs;
mod prompts;
mod support;
mod trouble;
mod wakes;
