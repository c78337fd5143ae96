//! Conditions: locators under `all`, `any`, `none`.

use std::ops::Range;

use crate::flow::error::FlowError;
use crate::flow::lower::Lowering;
use crate::flow::lower::locators::{Bare, DEEPEST};
use crate::flow::raw::locators::RawCondition;
use crate::flow::raw::read::{At, List, Table};
use crate::locator::Condition;

impl Lowering<'_> {
    /// A condition; `depth` counts what it stands in.
    pub(super) fn condition(&mut self, raw: &RawCondition, span: Range<usize>, depth: usize) -> Option<Condition> {
        if depth > DEEPEST {
            self.fault(FlowError::TooDeep { limit: DEEPEST }, span);
            return None;
        }
        let group = match raw {
            RawCondition::Locator(locator) => {
                return self.locator(locator, span, Bare::Text, depth).map(Condition::Locator);
            }
            RawCondition::Group(group) => group,
        };
        let lists = [group.all.as_ref(), group.any.as_ref(), group.none.as_ref()];
        if lists.iter().flatten().all(|list| list.value.0.is_empty())
            && group.keys().known.len() == lists.iter().flatten().count()
        {
            let error =
                FlowError::Empty { what: "this group", advice: "an empty group always holds: put a condition into it" };
            self.fault(error, span);
            return None;
        }
        let [all, any, none] = lists.map(|list| self.conditions(list, depth));
        Some(Condition::Group { all: all?, any: any?, none: none? })
    }

    fn conditions(&mut self, list: Option<&At<List<RawCondition>>>, depth: usize) -> Option<Vec<Condition>> {
        self.each(list.map_or(&[], |list| &list.value.0), |lowering, condition| {
            lowering.condition(&condition.value, condition.span.clone(), depth + 1)
        })
    }
}
