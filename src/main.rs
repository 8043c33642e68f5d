//! The binary: hands the arguments to [`counterscope::cli`] and exits with its code.

use std::process::ExitCode;

fn main() -> ExitCode {
    counterscope::cli::main()
}
