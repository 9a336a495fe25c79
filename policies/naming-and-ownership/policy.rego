# Every app has a name that can stand in an address, a title people recognise, and an owner its team knows;
# and a platform publishes only for the teams it was registered for.
#
# What is missing reads as empty, so that a missing answer is found and not passed over.
package cottage.naming_and_ownership

violations contains {
	"code": "policy/owner-unknown",
	"severity": "block",
	"data": {"owner": owner, "team": input.app.team},
} if {
	not owner_known
}

violations contains {
	"code": "policy/platform-not-allowed",
	"severity": "block",
	"data": {"platform": input.platform.id, "team": input.app.team},
} if {
	not input.app.team in input.platform.teams
}

violations contains {
	"code": "policy/name-invalid",
	"severity": "block",
	"data": {"name": name},
} if {
	not is_dns_label(name)
}

violations contains {
	"code": "policy/title-missing",
	"severity": "block",
	"data": {"name": name},
} if {
	trim_space(object.get(input.app, "title", "")) == ""
}

name := object.get(input.app, "name", "")

owner := object.get(input.app, "owner", "")

# RFC 1035 and 1123: 1 to 63 letters, digits and hyphens, no hyphen at either end. Lower-case only, because
# one app must not have two spellings.
is_dns_label(text) if regex.match(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`, text)

# A member is an address, `*@domain`, or `*` for anybody; even `*` asks for an address.
owner_known if {
	is_address(owner)
	some people in [input.team.members, input.team.leads]
	some member in people
	admits(member)
}

is_address(text) if regex.match(`^[^@\s]+@[^@\s]+$`, text)

admits("*")

admits(member) if member == owner

admits(member) if {
	startswith(member, "*@")
	endswith(owner, substring(member, 1, -1))
}
