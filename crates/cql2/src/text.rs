//! CQL2 text to a tree: descent by rank of operators, one token ahead.

use crate::{
    error::{Fault, FilterError},
    tree::{Count, Node, What, day},
};

/// A piece of the text.
#[derive(Clone, PartialEq, Debug)]
enum Token {
    /// A word as it is written; between double quotes it is no keyword.
    Word(String, bool),
    Text(String),
    Number(f64),
    Sign(&'static str),
    End,
}

const SIGNS: [&str; 9] = ["<>", "<=", ">=", "=", "<", ">", "(", ")", ","];

/// Reads a whole filter.
pub(crate) fn read(text: &str) -> Result<Node, FilterError> {
    let mut reader = Reader { tokens: tokens(text)?, next: 0, count: Count::default() };
    let node = reader.any(0)?;
    match reader.peek() {
        Token::End => Ok(node),
        _ => Err(reader.expected("AND, OR or the end")),
    }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, FilterError> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let (begin, letter) = (at, letters[at]);
        let number = letter.is_ascii_digit()
            || (matches!(letter, '.' | '-' | '+')
                && letters.get(at + 1).is_some_and(|l| l.is_ascii_digit() || *l == '.'));
        let token = if letter.is_whitespace() {
            at += 1;
            continue;
        } else if letter == '\'' || letter == '"' {
            let (quoted, end) = quoted(&letters, at)?;
            at = end;
            if letter == '"' { Token::Word(quoted, true) } else { Token::Text(quoted) }
        } else if number {
            at = number_end(&letters, at);
            let written: String = letters[begin..at].iter().collect();
            let read = written.parse::<f64>().ok().filter(|n| n.is_finite());
            Token::Number(read.ok_or_else(|| {
                let fault = Fault::Expected { expected: "a number", found: format!("`{written}`") };
                FilterError::new(fault, Some(begin + 1))
            })?)
        } else if letter.is_alphabetic() || letter == '_' {
            let word = |l: &char| l.is_alphanumeric() || matches!(l, '_' | '.' | ':' | '-');
            at += letters[at..].iter().take_while(|l| word(l)).count();
            Token::Word(letters[begin..at].iter().collect(), false)
        } else {
            let sign = SIGNS.into_iter().find(|sign| {
                sign.chars().zip(letters[at..].iter()).filter(|(a, b)| a == *b).count()
                    == sign.len()
            });
            let Some(sign) = sign else {
                let fault = Fault::Expected {
                    expected: "an operator or a value",
                    found: format!("`{letter}`"),
                };
                return Err(FilterError::new(fault, Some(at + 1)));
            };
            at += sign.len();
            Token::Sign(sign)
        };
        tokens.push((begin + 1, token));
    }
    tokens.push((letters.len() + 1, Token::End));
    Ok(tokens)
}

/// The text of a quotation and where it ends; a quote in it is written twice or behind `\`.
fn quoted(letters: &[char], begin: usize) -> Result<(String, usize), FilterError> {
    let quote = letters[begin];
    let (mut text, mut at) = (String::new(), begin + 1);
    loop {
        match (letters.get(at), letters.get(at + 1)) {
            (None, _) => return Err(FilterError::new(Fault::Quote, Some(begin + 1))),
            (Some(one), Some(two)) if (*one == quote || *one == '\\') && *two == quote => {
                text.push(quote);
                at += 2;
            }
            (Some(one), _) if *one == quote => return Ok((text, at + 1)),
            (Some(one), _) => {
                text.push(*one);
                at += 1;
            }
        }
    }
}

fn number_end(letters: &[char], begin: usize) -> usize {
    let mut at = begin + usize::from(matches!(letters[begin], '-' | '+'));
    while let Some(letter) = letters.get(at) {
        let sign_of_exponent = matches!(letter, '-' | '+') && matches!(letters[at - 1], 'e' | 'E');
        if !(letter.is_ascii_digit() || matches!(letter, '.' | 'e' | 'E') || sign_of_exponent) {
            break;
        }
        at += 1;
    }
    at
}

struct Reader {
    tokens: Vec<(usize, Token)>,
    next: usize,
    count: Count,
}

impl Reader {
    fn peek(&self) -> &Token {
        &self.tokens[self.next].1
    }

    #[expect(clippy::unnecessary_wraps, reason = "a place is known of text, and not of JSON")]
    fn at(&self) -> Option<usize> {
        Some(self.tokens[self.next].0)
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        // The end stays.
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        token
    }

    /// Whether a keyword comes next.
    fn is(&self, keyword: &str) -> bool {
        matches!(self.peek(), Token::Word(word, false) if word.eq_ignore_ascii_case(keyword))
    }

    fn takes(&mut self, keyword: &str) -> bool {
        let is = self.is(keyword);
        if is {
            self.take();
        }
        is
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let is = matches!(self.peek(), Token::Sign(s) if *s == sign);
        if is {
            self.take();
        }
        is
    }

    fn sign(&mut self, sign: &str, name: &'static str) -> Result<(), FilterError> {
        if self.takes_sign(sign) { Ok(()) } else { Err(self.expected(name)) }
    }

    fn expected(&self, expected: &'static str) -> FilterError {
        let found = match self.peek() {
            Token::Word(word, _) => format!("`{}`", word.chars().take(60).collect::<String>()),
            Token::Text(_) => "a text".to_owned(),
            Token::Number(number) => number.to_string(),
            Token::Sign(sign) => format!("`{sign}`"),
            Token::End => "the end".to_owned(),
        };
        FilterError::new(Fault::Expected { expected, found }, self.at())
    }

    fn op(
        &mut self,
        name: &'static str,
        at: Option<usize>,
        args: Vec<Node>,
    ) -> Result<Node, FilterError> {
        self.count.part(at)?;
        Ok(Node { at, what: What::Op(name, args) })
    }

    fn not(&mut self, yes: bool, node: Node) -> Result<Node, FilterError> {
        if yes { self.op("not", node.at, vec![node]) } else { Ok(node) }
    }

    fn any(&mut self, depth: usize) -> Result<Node, FilterError> {
        self.joined(depth, "or", |reader| reader.joined(depth, "and", |r| r.factor(depth)))
    }

    fn joined(
        &mut self,
        depth: usize,
        word: &'static str,
        one: impl Fn(&mut Self) -> Result<Node, FilterError>,
    ) -> Result<Node, FilterError> {
        let at = self.at();
        Count::depth(depth, at)?;
        let first = one(self)?;
        if !self.is(word) {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.takes(word) {
            all.push(one(self)?);
        }
        self.op(word, at, all)
    }

    fn factor(&mut self, depth: usize) -> Result<Node, FilterError> {
        let mut nots = 0;
        let at = self.at();
        while self.takes("not") {
            nots += 1;
            Count::depth(depth + nots, at)?;
        }
        let mut node = self.primary(depth + nots)?;
        for _ in 0..nots {
            node = self.op("not", at, vec![node])?;
        }
        Ok(node)
    }

    fn primary(&mut self, depth: usize) -> Result<Node, FilterError> {
        if self.takes_sign("(") {
            let node = self.any(depth + 1)?;
            self.sign(")", "`)`")?;
            return Ok(node);
        }
        let at = self.at();
        if self.takes("s_intersects") {
            self.sign("(", "`(`")?;
            let first = self.scalar(depth)?;
            self.sign(",", "`,`")?;
            let second = self.scalar(depth)?;
            self.sign(")", "`)`")?;
            return self.op("s_intersects", at, vec![first, second]);
        }
        let left = self.scalar(depth)?;
        self.predicate(left, at, depth)
    }

    /// What is said of a value that was read.
    fn predicate(
        &mut self,
        left: Node,
        at: Option<usize>,
        depth: usize,
    ) -> Result<Node, FilterError> {
        if let Token::Sign(sign @ ("=" | "<>" | "<" | ">" | "<=" | ">=")) = *self.peek() {
            self.take();
            let right = self.scalar(depth)?;
            return self.op(sign, at, vec![left, right]);
        }
        if self.takes("is") {
            let not = self.takes("not");
            if !self.takes("null") {
                return Err(self.expected("NULL"));
            }
            let node = self.op("isNull", at, vec![left])?;
            return self.not(not, node);
        }
        let not = self.takes("not");
        let node = if self.takes("like") {
            let pattern = self.scalar(depth)?;
            self.op("like", at, vec![left, pattern])?
        } else if self.takes("between") {
            let low = self.scalar(depth)?;
            if !self.takes("and") {
                return Err(self.expected("AND"));
            }
            let high = self.scalar(depth)?;
            self.op("between", at, vec![left, low, high])?
        } else if self.takes("in") {
            self.sign("(", "`(`")?;
            let mut args = vec![left, self.scalar(depth)?];
            while self.takes_sign(",") {
                args.push(self.scalar(depth)?);
            }
            self.sign(")", "`)`")?;
            self.op("in", at, args)?
        } else if not {
            return Err(self.expected("LIKE, BETWEEN or IN"));
        } else {
            return Ok(left);
        };
        self.not(not, node)
    }

    fn scalar(&mut self, depth: usize) -> Result<Node, FilterError> {
        let at = self.at();
        Count::depth(depth, at)?;
        self.count.part(at)?;
        let what = match self.peek().clone() {
            Token::Text(text) => {
                self.take();
                What::Text(text)
            }
            Token::Number(number) => {
                self.take();
                What::Number(number)
            }
            Token::Word(word, quoted) => {
                let before = self.next;
                self.take();
                let calls = !quoted && matches!(self.peek(), Token::Sign("("));
                match word.to_ascii_lowercase().as_str() {
                    "true" if !quoted => What::Truth(true),
                    "false" if !quoted => What::Truth(false),
                    name @ ("casei" | "accenti") if calls => {
                        self.take();
                        let arg = self.scalar(depth + 1)?;
                        self.sign(")", "`)`")?;
                        What::Op(if name == "casei" { "casei" } else { "accenti" }, vec![arg])
                    }
                    "date" | "timestamp" if calls => self.day(at)?,
                    "point" if calls => {
                        self.count.shape(at)?;
                        What::Point(self.numbers(false)?)
                    }
                    "bbox" if calls => {
                        self.count.shape(at)?;
                        What::Box(self.numbers(true)?)
                    }
                    _ if calls => return Err(FilterError::new(Fault::Operator(word), at)),
                    "and" | "or" | "not" | "like" | "between" | "in" | "is" | "null" if !quoted => {
                        self.next = before;
                        return Err(self.expected("an attribute or a value"));
                    }
                    _ => What::Property(word),
                }
            }
            _ => return Err(self.expected("an attribute or a value")),
        };
        Ok(Node { at, what })
    }

    fn day(&mut self, at: Option<usize>) -> Result<What, FilterError> {
        self.take();
        let Token::Text(text) = self.take() else { return Err(self.expected("'YYYY-MM-DD'")) };
        self.sign(")", "`)`")?;
        Ok(What::Day(day(&text, at)?))
    }

    /// As many numbers between brackets, with commas between them or without.
    fn numbers<const N: usize>(&mut self, commas: bool) -> Result<[f64; N], FilterError> {
        self.take();
        let mut numbers = [0.0; N];
        for (i, number) in numbers.iter_mut().enumerate() {
            if commas && i > 0 {
                self.sign(",", "`,`")?;
            }
            let Token::Number(read) = *self.peek() else { return Err(self.expected("a number")) };
            self.take();
            *number = read;
        }
        self.sign(")", "`)`")?;
        Ok(numbers)
    }
}
