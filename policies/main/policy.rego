# Gathers what every rule says into one verdict.
#
# A rule is a folder holding a package under `cottage` that defines the set `violations`, the set `approvals`,
# or both. Nothing here changes when one is added.
package cottage.main

# Sorted, so that the same input always reads the same: the compiled form keeps sets in no particular order.
# Both stay inside this one rule: a rule called `violations` here would gather itself.
verdict := {
	"violations": sort({violation |
		some rule
		some violation in data.cottage[rule].violations
	}),
	"approvals": sort({approval |
		some rule
		some approval in data.cottage[rule].approvals
	}),
}
