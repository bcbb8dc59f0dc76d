package ipa

import (
	"heyan/analyzer/ipa/profile"
)

// maxProfile is the length of the longest profile that is read; real ones have
// 10 to 200 KiB.
const maxProfile = 4 << 20

// readProfile reads the app's own profile. Without one there is nothing to say:
// copies from the App Store have none.
func (i *inspection) readProfile(p *part) error {
	name := i.lay.root + profileName
	e, err := i.find(name)
	if e == nil || err != nil {
		return err
	}
	data, err := i.file(p, e, maxProfile)
	if err != nil {
		return err
	}
	read, granted, err := profile.Parse(data)
	if err != nil {
		p.add("profile-unreadable", name, "%v", err)
		return err
	}
	i.verifyProfile(data, read)
	i.f.Signature.Profile, i.profileGrants = read, granted
	return nil
}
