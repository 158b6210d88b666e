//! What the benchmarks share: arguments, input files, the csv baseline, timing and the table.
//!
//! No framework: the questions are about runs of seconds, where the fastest of a few runs says more than
//! statistics over thousands of calls, and where the ratio to a baseline of the same minute says more than
//! seconds on a machine that others use too.

mod arguments;
mod baseline;
mod child;
mod inputs;
mod process;
mod program;
mod shapes;
mod table;
mod timing;

pub use arguments::Arguments;
pub use baseline::{Size, read_with_csv};
pub use child::Child;
pub use inputs::{Inputs, ON};
pub use process::{Process, until_at_rest};
pub use program::program;
pub use shapes::shapes;
pub use table::{Table, count, rate, ratio, seconds};
pub use timing::fastest;

/// The allocator of the program, so that what is measured is what ships.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
