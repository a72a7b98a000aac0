/**
 * A seal made by other implementations: the encapsulation is the first test vector of the X-Wing draft, the
 * ciphertext is the text `opened` under HPKE (0x647a, 1, 2) with the info `tegata/1 self-test`.
 */
export const sealVector = Object.freeze({
  seed: "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
  sharedSecret: "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384",
  info: "tegata/1 self-test",
  plaintext: "opened",
  /** Base64 of 1,142 bytes. */
  sealed: [
    "uDqoKNTWK5qDzv/h09O7HvMSZGQ8BwxXmJJ+QfsHkUonP4+W54Js1TdaKD19qIUwTF3gUWoPBlQkPcW5f4v+uDH2glEh",
    "mqvdcjvGUSBBrLrvivRCZVJJQrkC5o/9IyIc2nCxtV13apLRFD6joMR19j7miQFXxxFtrj9iv3L2Cs0ruMwxziug3jZP",
    "UrjtOMedcZcVljpd04QtjotDq3BOR1m1MnvwJ8Y8j6hXxJCNWop7iKx/K+OU2Tw3Bt3U5pjMbONwEB9NAhMlQji0ouiC",
    "G25BShzyD2wSRLaZBG9aAcqgoaVVFjALQNIEjHfMc6+6ea/uqdLAEYvfKtuIcNwyjFUWzEWxogWBQQOeLJChEKnhazGN",
    "+1O9SaEm1rc/IVeHUXuJF8wByr0QfQaFmFTui0+YYcIm03ZMhzOasWw2Z9L0k4TlVFbdQEFLcKavhBWF9MkMaHJdV3BO",
    "6O585uL5vlgtvumF4Dj/w0br+04iFYtshDdKmrSkTh+R3lqsUZf4m8XlRC9R+aWTexAro76uv24cWDgKSl/tzkpOUCb4",
    "j1KPWf/S20F1Kzo9kO+r5GOJm31AhwxTDIhB6HErczZo7QM62/r7LUnTekTUBk5YY+sK8KCNR7PMiINzvAX3ozuEG8JY",
    "fFfraVVOijdnt1BpF7a3BJhyfxbqwaNuyNjPr3UVSfInfbJ36KVamlEGsjoCBrRyH6mzBIVSxb1bWU1uJH84wYxZGup/",
    "ViSccs57EXr8w6hiFYL5z3F4fhg97gk2eXbphAmtkhekl9+IgEI4TXcHprePX3+4QJ47U1F1NzRht3YALXmcutYoYL5w",
    "Vz7L4Tskbg2n6TpSFo4Ptql1a4le9/AUeg3IG/pkSwiKkigWDA+azxN5opQc0owG68gOROF6ovgXcBCv14qXzgho0WKe",
    "uylMUVGBLFg9rriGhSIPTakRgRLgcEH8wk1VZKmf294ohp/gciOH16mk0W4cyFVZF+CZRKpeuqrsLPYmk6+tQqP1GPzm",
    "fSc8xsn7VHKzgOhXPsfeBqO6L9X5MdcltJMCbLCsvT/mLQDkx5DZZdegOjwLQiK6jCqaFuKsZY9XKuDnRur8T+ugI1dv",
    "CJQieKBB+4KnClldW6y/KXziApiYpx5cOw0cYii0hbGt5QmzX7yn7Kl7ITLny2vEZTdRRrfc6slpMIrAwqyJ54Y+uJQw",
    "FbJDFMr7nHwOhf5UPVZljCE2Mlme+r/B7EndjIhUe7LMQMnTjL0wmbRUeEBWBTHQGIzR6cI6Dr7goD1Vd9ZrHSvLS6ry",
    "HMf+8eA4BsqWKZ3w37xW4bK0Pk/CDDf4NMSvYhJ+fa6Gw8JaL2lqyLWJ3scdWVv76Ute1LwH2ACzMHlv2ontt3vgKUE2",
    "E5NU64zTdZFXj5xgDdm+jsYhn91Qet8zl+1NaHB7jROyTOTNj7IoUb/p1jJAfzHtb3yxYA3lbxdXZ0DOKjL8UUUDAUXP",
    "uX5j4OQdNUJ0oHnT5vsuFYtg2J/nbdmUy+Xw8dUUdxzgd7v8laE=",
  ].join(""),
});
