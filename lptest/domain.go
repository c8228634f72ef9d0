package lptest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// The Domain API ("CSDS"): no authorization, read only.

func (c *call) domainOne() answer {
	if c.query.Get("version") != "1.0" {
		return fail(http.StatusBadRequest, codeBadRequest, "The parameter version=1.0 is missing")
	}
	name := Service(c.params["service"])
	for _, service := range c.s.services() {
		if service != name {
			continue
		}
		entry := c.domain(service)
		if c.fixed.has(vDomainForm) {
			return ok(object{{"baseURIs", many{entry}}})
		}
		return ok(entry)
	}
	return fail(http.StatusNotFound, codeNoData, "The service "+string(name)+" is not known")
}

func (c *call) domainAll() answer {
	if c.query.Get("version") != "1.0" {
		return fail(http.StatusBadRequest, codeBadRequest, "The parameter version=1.0 is missing")
	}
	return ok(object{{"baseURIs", c.domains()}})
}

func (c *call) domains() many {
	services := c.s.services()
	all := make(many, len(services))
	for i, service := range services {
		all[i] = c.domain(service)
	}
	return all
}

// services are those of the constants, then those that only WithBaseURIs names.
func (s *Server) services() []Service {
	all := services[:]
	for _, service := range slices.Sorted(maps.Keys(s.cfg.hosts)) {
		if !slices.Contains(services[:], service) {
			all = append(all, service)
		}
	}
	return all
}

func (c *call) domain(service Service) object {
	host := c.s.host
	switch given := c.s.cfg.hosts[service]; {
	case given != "":
		host = given
	case strings.HasSuffix(strings.ToLower(c.r.Host), ".liveperson.net"):
		host = memHost // asked under a production name: answer with one
	case c.s.everywhere:
		host = c.r.Host // the name under which this client knows the fake
	}
	return object{{"service", string(service)}, {"account", c.s.cfg.account}, {"baseURI", host}}
}
