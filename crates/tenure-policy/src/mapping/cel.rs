//! Expressions of the Common Expression Language, wrapped: no type of that library is seen outside of this file.

use std::fmt::Display;
use std::sync::Arc;

use cel::objects::Key;
use cel::{Context, Env, ExecutionError, Value as CelValue};
use serde_json::{Map, Number, Value};
use tenure_scim::Resource;

use super::evaluate::Answer;
use super::transliterate;
use crate::compile::Compiler;
use crate::error::PolicyError;

/// A compiled expression over the variable `identity`.
#[derive(Clone)]
pub(crate) struct Program {
    program: Arc<cel::Program>,
    env: Arc<Env>,
    text: String,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Program").field(&self.text).finish()
    }
}

impl Program {
    /// Compiles an expression, or reports why it cannot be.
    pub(crate) fn compile(text: &str, path: &dyn Display, compiler: &mut Compiler<'_>) -> Option<Self> {
        if text.len() > LONGEST {
            let message =
                format!("the expression is too long: expected at most {LONGEST} bytes, found {}", text.len());
            compiler.error(PolicyError::new(path.to_string(), message));
            return None;
        }
        let mut env = Env::stdlib();
        // The library's own text functions do not clash with the standard ones.
        let _ = env.add_extension(cel::extensions::strings);
        let env = Arc::new(env);
        let program = match env.compile(text) {
            Ok(program) => program,
            Err(errors) => {
                for error in errors.errors {
                    let (line, column) = error.pos;
                    let message = error.msg.lines().next().unwrap_or("not an expression").to_owned();
                    compiler.error(PolicyError::new(
                        path.to_string(),
                        format!("not an expression: {message} at {line}:{column}"),
                    ));
                }
                return None;
            }
        };
        Some(Self { program: Arc::new(program), env, text: text.to_owned() })
    }

    /// The value for an identity. What the identity does not have is absent, any other fault is told.
    pub(crate) fn run(&self, identity: &Resource) -> Answer {
        let mut context = Context::with_env(Arc::clone(&self.env));
        let variable = match cel::to_value(identity.to_json()) {
            Ok(variable) => variable,
            Err(error) => return Answer::Failed(error.to_string()),
        };
        context.add_variable_from_value("identity", variable);
        let added = context.add_function("translit", |text: Arc<String>| transliterate(&text).into_owned());
        if let Err(error) = added {
            return Answer::Failed(error.to_string());
        }
        match self.program.execute(&context) {
            Ok(value) => answer(&value),
            Err(ExecutionError::NoSuchKey(_)) => Answer::Absent,
            Err(error) => Answer::Failed(error.to_string()),
        }
    }
}

fn answer(value: &CelValue) -> Answer {
    match json(value) {
        Some(Value::Null) => Answer::Null,
        Some(value) => Answer::Value(value),
        None => Answer::Failed("expected a text, number, boolean, list or map".to_owned()),
    }
}

fn json(value: &CelValue) -> Option<Value> {
    Some(match value {
        CelValue::Null => Value::Null,
        CelValue::Bool(value) => Value::Bool(*value),
        CelValue::Int(number) => Value::from(*number),
        CelValue::UInt(number) => Value::from(*number),
        CelValue::Float(number) => Value::Number(Number::from_f64(*number)?),
        CelValue::String(text) => Value::String(text.to_string()),
        CelValue::List(all) => Value::Array(all.iter().map(json).collect::<Option<_>>()?),
        CelValue::Map(map) => {
            let mut out = Map::new();
            for (key, value) in map.map.iter() {
                let Key::String(key) = key else { return None };
                out.insert(key.to_string(), json(value)?);
            }
            Value::Object(out)
        }
        _ => return None,
    })
}

/// The language has no loops, so the length of the text bounds the work.
const LONGEST: usize = 2_000;
