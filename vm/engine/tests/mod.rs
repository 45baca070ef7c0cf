mod calls;
mod owner;
mod programs;
mod prompts;
mod support;
mod trouble;
mod wakes;
